"""A COLMAP model, text or binary: the folder of cameras and images, or a folder that holds it as sparse/0 or sparse.

``cam_from_world`` of each registered image is inverted. Camera models are those of
:func:`reloc.geometry.colmap_convention.camera_from_colmap`. The model's points are not used: the build triangulates its
own features. The model's scale must be meters.

COLMAP itself reads a binary one, in a process with limits of time and memory: on damaged files it loops for ever or
aborts. Text is read line by line, so that one bad line costs one image.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import CameraError, PoseError, SourceError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.geometry.colmap_convention import camera_from_colmap
from reloc.maps.left_out import LeftOut
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import counts_from_corner, parse_camera
from reloc.maps.sources.shared.colmap_binary import check_binary
from reloc.maps.sources.shared.colmap_text import read_text_model
from reloc.maps.sources.shared.colmap_worker import ColmapCamera, ColmapImage, ColmapModel
from reloc.maps.sources.shared.frames import natural
from reloc.maps.sources.shared.importer import Importer
from reloc.parsing import bounded, json_file
from reloc.parsing.blame import Blame
from reloc.parsing.names import text as check_name
from reloc.parsing.regular_file import is_there, opened

if importlib.util.find_spec("pycolmap") is None:  # imported in the worker only: the import takes half a second
    raise ModuleNotFoundError("No module named 'pycolmap'", name="pycolmap")

PLACES = (".", "sparse/0", "sparse", "0")
FILES = ("cameras.bin", "cameras.txt")
PARTS = ("cameras", "images", "points3D", "rigs", "frames")
FIX = "The model may be incomplete: copy or export it again"
# COLMAP reads about 50 MB/s and needs about ten times a model's size in memory.
_BASE_S, _BYTES_A_S = 60.0, 2**20
_BASE_MEMORY, _MEMORY_A_BYTE = 4 * 2**30, 40


class Colmap(Importer):
    """Importer of a COLMAP model; there are no splits."""

    name = "colmap"

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        left_out = self.bad(f"images of the model {self.path}")
        model = self._model(left_out)
        folder = self._images_folder()
        cameras = {c.number: c for c in model.cameras}
        made: dict[int, Camera] = {}  # of those that an image uses; others may be of any model
        frames, unregistered = [], 0
        for image in sorted(model.images, key=lambda i: natural(i.name)):
            if image.cam_from_world is None:
                unregistered += 1
                continue
            file = folder / check_name(image.name, Blame(f"The name of an image in {self.path}", SourceError, FIX))
            if image.camera not in cameras:
                problem = f"{image.name} in {self.path} is of camera {image.camera}, which is not there"
                left_out.add("without a camera", SourceError(problem, FIX))
                continue
            if image.camera not in made:
                made[image.camera] = self._camera(cameras[image.camera])
            pose = left_out.attempt("not rigid or not finite", partial(_world_from_cam, image))
            if pose is None:
                continue
            frames.append(
                SourceFrame(image.name, partial(images.load, file), made[image.camera], pose, image_file=file)
            )
        if unregistered:
            self.notes.append(f"{unregistered} images left out: the model has no pose of them")
        frames = self.checked(frames, f"The model {self.path}", left_out)
        if not any(os.path.isfile(folder / frame.name) for frame in frames[:10]):
            raise SourceError(f"{folder / frames[0].name} does not exist", "Say where the images are: --images FOLDER")
        return frames

    def _camera(self, found: ColmapCamera) -> Camera:
        if self.options.camera:
            corner = counts_from_corner(self.options, "corner")
            return parse_camera(self.options.camera, (found.width, found.height), corner=corner)
        try:
            camera = camera_from_colmap(found.model, found.width, found.height, found.parameters)
            camera.check_plausible(name=f"Camera {found.number} of the model {self.path}")
        except CameraError as error:
            problem = f"Camera {found.number} of the model {self.path}, which images use: {error.problem}"
            raise CameraError(problem, error.fix or "Give another one with --camera") from error
        return camera

    def _model(self, left_out: LeftOut) -> ColmapModel:
        place = next((self.path / p for p in PLACES if any(is_there(self.path / p / f) for f in FILES)), None)
        if place is None:
            raise SourceError(f"No cameras.bin or cameras.txt in {self.path} or its sparse/0", "Give a COLMAP model")
        if not is_there(place / FILES[0]):
            return read_text_model(place, left_out)
        check_binary(place)
        size = sum(_size(place / f"{part}.bin") for part in PARTS)
        limits = bounded.Limits(_BASE_S + size / _BYTES_A_S, _BASE_MEMORY + _MEMORY_A_BYTE * size)
        blame = Blame(f"The COLMAP model {place}", SourceError, FIX)
        answer = bounded.run("reloc.maps.sources.shared.colmap_worker:read", [str(place)], limits, blame)
        model = json_file.parse(answer, ColmapModel, blame)
        for name in model.bad:
            problem = f"The pose of {name} in the COLMAP model {place} is not finite"
            left_out.add("not rigid or not finite", PoseError(problem, FIX))
        return model

    def _images_folder(self) -> Path:
        if self.options.images:
            return Path(self.options.images)
        nearby = (self.path / "images", self.path.parent / "images", self.path.parent.parent / "images")
        return next((folder for folder in nearby if folder.is_dir()), self.path)


def _size(file: Path) -> int:
    """Return the size of a model's file in bytes; 0 if there is none. Refuse pipes and devices, because COLMAP would
    wait for them.
    """
    if not is_there(file):
        return 0
    with opened(file, Blame(str(file), SourceError, FIX)):
        return file.stat().st_size


def _world_from_cam(image: ColmapImage) -> Float64:
    cam_from_world = np.vstack([np.array(image.cam_from_world, dtype=np.float64), [0.0, 0.0, 0.0, 1.0]])
    return transforms.inverse(transforms.check_rigid(cam_from_world, f"Pose of {image.name}"))


PLUGIN = Colmap
