"""Write a map for another tool into a new folder, which appears when it is whole."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, Protocol

from reloc import plugins
from reloc.errors import StorageError
from reloc.files import draft_folder, storage_errors, write_atomic
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.scale import unit_of
from reloc.parsing import names
from reloc.parsing.blame import Blame

PACKAGE = "reloc.maps.exports"
README = "README.txt"


class MapExport(Protocol):
    """One format."""

    name: str
    conventions: str  # for the person who reads the files: frames, axes, pixels

    def write(self, reference_map: ReferenceMap, folder: Path) -> None:
        """Write the map into the empty ``folder``.

        Raises:
            MapError, CameraError, ImageError: the map holds what the format cannot say, or a file cannot be read.
        """
        ...


def export_names() -> tuple[str, ...]:
    """Return the formats that :func:`export_map` knows."""
    return plugins.names(PACKAGE)


def export_map(reference_map: ReferenceMap, name: str, out: Path) -> Path:
    """Write a map as format ``name`` into the new folder ``out``, with the images and a note on its conventions.

    Returns:
        The folder.

    Raises:
        PluginError: there is no such format.
        DependencyError: it needs a package that is not installed.
        StorageError: the folder exists, or cannot be written.
        MapError, CameraError, ImageError: as :meth:`MapExport.write`.
    """
    plugin: Any = plugins.load(PACKAGE, name)
    export: MapExport = plugin()
    target = names.resolved(out, Blame("The folder to write", StorageError, "Give another --out"))
    if target.exists():
        raise StorageError(f"{target} exists", "Give the name of a new folder")
    with storage_errors(f"Cannot write {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = draft_folder(target)
        try:
            export.write(reference_map, draft)
            write_atomic(draft / README, _readme(reference_map, export))
            draft.rename(target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return target


def _readme(reference_map: ReferenceMap, export: MapExport) -> str:
    unit = unit_of(reference_map.manifest)
    scale = "meters" if unit == "m" else "units of the map: its scale is unknown, so they are not meters"
    return (
        f"The map {reference_map.manifest.name} (content {reference_map.content_hash[:12]}) as {export.name}, written "
        f"by reloc.\nLengths: {scale}. World: the map's frame {reference_map.frame!r}.\n{export.conventions}\n"
    )
