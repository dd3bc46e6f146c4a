"""A COLMAP model, text or binary: the folder of cameras and images, or one that holds it as sparse/0 or sparse.

``cam_from_world`` of each registered image is inverted; camera models are those of
:func:`reloc.geometry.colmap_convention.camera_from_colmap`. The model's points are not taken over: the
build triangulates its own features. The model's scale must be metres.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pycolmap

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import SourceError
from reloc.geometry import transforms
from reloc.geometry.colmap_convention import camera_from_colmap
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.frames import check_frames, natural
from reloc.maps.sources.shared.importer import Importer

PLACES = (".", "sparse/0", "sparse", "0")
FILES = ("cameras.bin", "cameras.txt")
SMALLEST = {"cameras.bin": 48, "images.bin": 73, "points3D.bin": 51}  # bytes of the shortest entry there can be


class Colmap(Importer):
    """Importer of a COLMAP model; there are no splits."""

    name = "colmap"

    def frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        self.notes.clear()
        model = self._model()
        folder = self._images_folder()
        cameras = {
            key: camera_from_colmap(c.model_name, c.width, c.height, c.params) for key, c in model.cameras.items()
        }
        frames, unregistered = [], 0
        for image in sorted(model.images.values(), key=lambda i: natural(i.name)):
            if not image.has_pose:
                unregistered += 1
                continue
            file = folder / image.name
            pose = _world_from_cam(image)
            frames.append(
                SourceFrame(image.name, partial(images.load, file), cameras[image.camera_id], pose, image_file=file)
            )
        if unregistered:
            self.notes.append(f"{unregistered} images left out: the model has no pose of them")
        check_frames(frames, f"The model {self.path}", allow_duplicates=self.options.allow_duplicates)
        if not (folder / frames[0].name).is_file():
            raise SourceError(f"{folder / frames[0].name} does not exist", "Say where the images are: --images FOLDER")
        return frames

    def _model(self) -> pycolmap.Reconstruction:
        place = next((self.path / p for p in PLACES if any((self.path / p / f).is_file() for f in FILES)), None)
        if place is None:
            raise SourceError(f"No cameras.bin or cameras.txt in {self.path} or its sparse/0", "Give a COLMAP model")
        for name, least in SMALLEST.items():
            _check_count(place / name, least)
        try:
            return pycolmap.Reconstruction(place)
        except (RuntimeError, ValueError, IndexError, KeyError, OSError, MemoryError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise SourceError(f"COLMAP cannot read {place}: {reason}", "Is the model complete?") from error

    def _images_folder(self) -> Path:
        if self.options.images:
            return Path(self.options.images)
        nearby = (self.path / "images", self.path.parent / "images", self.path.parent.parent / "images")
        return next((folder for folder in nearby if folder.is_dir()), self.path)


def _check_count(file: Path, least: int) -> None:
    """COLMAP believes the number of entries and reads on for ever behind the end of a damaged file."""
    if not file.is_file():
        return
    with file.open("rb") as stream:
        count = int.from_bytes(stream.read(8), "little")
    if file.stat().st_size < 8 + count * least:
        problem = f"{file} is cut off or damaged: {file.stat().st_size} bytes for {count} entries"
        raise SourceError(problem, "Export the model again")


def _world_from_cam(image: pycolmap.Image) -> Float64:
    cam_from_world = np.vstack([image.cam_from_world().matrix(), [0.0, 0.0, 0.0, 1.0]])
    return transforms.inverse(transforms.check_rigid(cam_from_world, f"Pose of {image.name}"))


PLUGIN = Colmap
