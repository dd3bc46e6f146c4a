"""A folder of images, or one image, without poses: queries from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from reloc import images
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import SIDECAR, colour_camera
from reloc.maps.sources.shared.frames import IMAGE_SUFFIXES, check_frames, image_size, natural
from reloc.maps.sources.shared.importer import Importer
from reloc.parsing.regular_file import is_there


class Images(Importer):
    """Importer of a folder of images and its sub-folders.

    All are taken by one camera if an option or ``camera.json`` tells it; otherwise the frames have none,
    and ``SourceFrame.camera_for`` assumes one for each image's size. Hidden files are left out.
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
        check_frames(frames, str(self.path), allow_duplicates=True)
        return frames


PLUGIN = Images
