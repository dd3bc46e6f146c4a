"""The images of a map in a folder of their own."""

from __future__ import annotations

from pathlib import Path

from reloc.errors import MapError
from reloc.files import write_atomic
from reloc.maps import layout
from reloc.maps.reference_map import ReferenceMap
from reloc.parsing.blame import shown

_PREFIX = layout.IMAGES + "/"


def image_names(reference_map: ReferenceMap, separators: str = "") -> list[str]:
    """Return the name of each reference's image inside the folder of images.

    Args:
        separators: characters that a format's names cannot hold.

    Raises:
        MapError: a name holds one of them, or a line break.
    """
    found = [reference.image.removeprefix(_PREFIX) for reference in reference_map.references]
    for name in found:
        if any(character in name for character in (*separators, "\n", "\r")):
            raise MapError(f"The format cannot hold the image name {shown(name)}", "Rename the image, and build again")
    return found


def copy_images(reference_map: ReferenceMap, folder: Path) -> None:
    """Copy the images of the references, as the map lists them, into ``folder``.

    Raises:
        MapError: an image is missing, or is not the one that the map lists.
    """
    for reference, name in zip(reference_map.references, image_names(reference_map), strict=True):
        write_atomic(folder / name, reference_map.read(reference.image))
