"""A folder of images, or one image, without poses; used for queries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reloc import images
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import SIDECAR, colour_camera
from reloc.maps.sources.shared.frames import IMAGE_SUFFIXES, image_size, natural
from reloc.maps.sources.shared.importer import Importer
from reloc.parsing.regular_file import is_there


class Images(Importer):
    """Importer of a folder of images and its sub-folders.

    An option or ``camera.json`` gives one camera for all images. Without it, frames have no camera, and
    ``SourceFrame.camera_for`` assumes one for each image size. Hidden files are left out.
    """

    name = "images"

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`; there are no splits."""
        root = self.path if self.path.is_dir() else self.path.parent
        found = (f for f in self.path.rglob("*") if f.is_file()) if self.path.is_dir() else iter([self.path])
        names = {f.relative_to(root).as_posix(): f for f in found if f.suffix.lower() in IMAGE_SUFFIXES}
        names = {n: f for n, f in names.items() if not any(part.startswith(".") for part in n.split("/"))}
        told = bool(self.options.camera) or is_there(root / SIDECAR)
        camera = None
        if names and told:
            first = names[min(names, key=natural)]
            camera = colour_camera(root, image_size(first), self.options, "centre")
        frames = [
            SourceFrame(n, partial(images.load, names[n]), camera, image_file=names[n])
            for n in sorted(names, key=natural)
        ]
        return self.checked(frames, str(self.path))


PLUGIN = Images
