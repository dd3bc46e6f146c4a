"""A COLMAP model, text or binary: the folder of cameras and images, or one that holds it as sparse/0 or sparse.

``cam_from_world`` of each registered image is inverted; camera models are those of
:func:`reloc.geometry.colmap_convention.camera_from_colmap`. The model's points are not taken over: the
build triangulates its own features. The model's scale must be metres.

COLMAP itself reads it, in a process with limits of time and memory: on damaged files it loops for ever or aborts.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import SourceError
from reloc.geometry import transforms
from reloc.geometry.colmap_convention import camera_from_colmap
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.colmap_binary import check_binary
from reloc.maps.sources.shared.colmap_worker import ColmapImage, ColmapModel
from reloc.maps.sources.shared.frames import check_frames, natural
from reloc.maps.sources.shared.importer import Importer
from reloc.parsing import bounded, json_file
from reloc.parsing.blame import Blame
from reloc.parsing.names import text as check_name
from reloc.parsing.regular_file import is_there, opened

if importlib.util.find_spec("pycolmap") is None:  # not imported here: that takes half a second
    raise ModuleNotFoundError("No module named 'pycolmap'", name="pycolmap")

PLACES = (".", "sparse/0", "sparse", "0")
FILES = ("cameras.bin", "cameras.txt")
PARTS = ("cameras", "images", "points3D", "rigs", "frames")
FIX = "Is the model complete? Copy or export it again"
# COLMAP reads some 50 MB a second, and takes some ten times a model's size.
_BASE_S, _BYTES_A_S = 60.0, 2**20
_BASE_MEMORY, _MEMORY_A_BYTE = 4 * 2**30, 40


class Colmap(Importer):
    """Importer of a COLMAP model; there are no splits."""

    name = "colmap"

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        model = self._model()
        folder = self._images_folder()
        cameras = {c.number: camera_from_colmap(c.model, c.width, c.height, c.parameters) for c in model.cameras}
        frames, unregistered = [], 0
        for image in sorted(model.images, key=lambda i: natural(i.name)):
            if image.cam_from_world is None:
                unregistered += 1
                continue
            file = folder / check_name(image.name, Blame(f"The name of an image in {self.path}", SourceError, FIX))
            pose = _world_from_cam(image)
            if image.camera not in cameras:
                raise SourceError(f"{image.name} in {self.path} is of camera {image.camera}, which is not there", FIX)
            frames.append(
                SourceFrame(image.name, partial(images.load, file), cameras[image.camera], pose, image_file=file)
            )
        if unregistered:
            self.notes.append(f"{unregistered} images left out: the model has no pose of them")
        check_frames(frames, f"The model {self.path}", allow_duplicates=self.options.allow_duplicates)
        if not (folder / frames[0].name).is_file():
            raise SourceError(f"{folder / frames[0].name} does not exist", "Say where the images are: --images FOLDER")
        return frames

    def _model(self) -> ColmapModel:
        place = next((self.path / p for p in PLACES if any(is_there(self.path / p / f) for f in FILES)), None)
        if place is None:
            raise SourceError(f"No cameras.bin or cameras.txt in {self.path} or its sparse/0", "Give a COLMAP model")
        check_binary(place)
        size = sum(_size(place / f"{part}.{suffix}") for part in PARTS for suffix in ("bin", "txt"))
        limits = bounded.Limits(_BASE_S + size / _BYTES_A_S, _BASE_MEMORY + _MEMORY_A_BYTE * size)
        blame = Blame(f"The COLMAP model {place}", SourceError, FIX)
        answer = bounded.run("reloc.maps.sources.shared.colmap_worker:read", [str(place)], limits, blame)
        return json_file.parse(answer, ColmapModel, blame)

    def _images_folder(self) -> Path:
        if self.options.images:
            return Path(self.options.images)
        nearby = (self.path / "images", self.path.parent / "images", self.path.parent.parent / "images")
        return next((folder for folder in nearby if folder.is_dir()), self.path)


def _size(file: Path) -> int:
    """Bytes of one of a model's files; 0 where there is none. Refuses pipes and devices, which COLMAP waits for."""
    if not is_there(file):
        return 0
    with opened(file, Blame(str(file), SourceError, FIX)):
        return file.stat().st_size


def _world_from_cam(image: ColmapImage) -> Float64:
    cam_from_world = np.vstack([np.array(image.cam_from_world, dtype=np.float64), [0.0, 0.0, 0.0, 1.0]])
    return transforms.inverse(transforms.check_rigid(cam_from_world, f"Pose of {image.name}"))


PLUGIN = Colmap
