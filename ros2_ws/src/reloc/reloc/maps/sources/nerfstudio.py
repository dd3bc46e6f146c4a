"""``transforms.json`` as nerfstudio, instant-ngp, Polycam, Record3D and other apps of ARKit write it.

A ``transform_matrix`` is world_from_cam with OpenGL's camera axes (x right, y up, z backward). The world's axes stay as
they are. Intrinsics stand at the top or at each frame: ``fl_x fl_y cx cy w h`` with ``k1 k2 p1 p2 k3``, or
``camera_angle_x`` alone. By nerfstudio's convention they count from the corner of the top-left pixel. The file has no
unit: apps of ARKit write meters; what came from COLMAP has its scale, so say ``--scale-unknown``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import CameraError, PoseError, SourceError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.colmap_convention import HALF_PIXEL
from reloc.geometry.opengl_convention import pose_from_opengl
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import counts_from_corner, parse_camera
from reloc.maps.sources.shared.frames import IMAGE_SUFFIXES, image_size, natural
from reloc.maps.sources.shared.importer import Importer
from reloc.parsing import json_file, names
from reloc.parsing.blame import Blame, shown

FILE = "transforms.json"
SPLIT_JSON = {"train": "transforms_train.json", "test": "transforms_test.json"}  # of Blender's scenes
_FISHEYE = ("OPENCV_FISHEYE", "FISHEYE", "fisheye")
_PERSPECTIVE = (
    "OPENCV",
    "PINHOLE",
    "SIMPLE_PINHOLE",
    "SIMPLE_RADIAL",
    "RADIAL",
    "PERSPECTIVE",
    "perspective",
    "pinhole",
)
_FIX = "Export it again, or correct the file"


class _Intrinsics(msgspec.Struct, frozen=True):
    """The fields of a camera, at the top of the file or at a frame."""

    camera_model: str | None = None
    w: float | None = None
    h: float | None = None
    fl_x: float | None = None
    fl_y: float | None = None
    cx: float | None = None
    cy: float | None = None
    camera_angle_x: float | None = None
    k1: float | None = None
    k2: float | None = None
    k3: float | None = None
    k4: float | None = None
    p1: float | None = None
    p2: float | None = None
    is_fisheye: bool | None = None  # instant-ngp's name for the model

    def over(self, other: _Intrinsics) -> _Intrinsics:
        """Return these; what is not given is ``other``'s."""
        pairs = ((name, getattr(self, name), getattr(other, name)) for name in _Intrinsics.__struct_fields__)
        return _Intrinsics(**{name: mine if mine is not None else its for name, mine, its in pairs})


class _Frame(_Intrinsics, frozen=True):
    file_path: str = ""
    transform_matrix: list[list[float]] = []


class Nerfstudio(Importer):
    """Importer of a folder with ``transforms.json``, or of the file itself."""

    name = "nerfstudio"

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`; only Blender's scenes have splits."""
        frames: list[SourceFrame] = []
        left_out = self.bad(f"frames of {self.path}")
        for file in self._files(split):
            blame = Blame(str(file), SourceError, _FIX, verdict="is not a transforms.json")
            values = json_file.load(file, dict[str, Any], blame)
            listed = json_file.field(values, "frames", blame)
            if not isinstance(listed, list):
                raise blame.at("frames").refuse(f"is {shown(listed)}: a list is expected")
            top = json_file.convert({k: v for k, v in values.items() if k != "frames"}, _Intrinsics, blame)
            for number, item in enumerate(listed):
                read = partial(_read_frame, item, blame.at(f"frame {number}"))
                found = left_out.attempt("without a pose", read)
                if found is not None:
                    frames.append(self._frame(file.parent, found[0], found[1], top))
        frames.sort(key=lambda frame: natural(frame.name))
        return self.checked(frames, str(self.path), left_out)

    def _files(self, split: str) -> list[Path]:
        if not self.path.is_dir():
            return [self.path]
        if (self.path / FILE).is_file():
            return [self.path / FILE]
        wanted = SPLIT_JSON.values() if split == "all" else [SPLIT_JSON.get(split, FILE)]
        found = [self.path / name for name in wanted if (self.path / name).is_file()]
        if not found:
            raise SourceError(f"{self.path} has no {FILE}", "Give the folder that holds it, or the file")
        return found

    def _frame(self, folder: Path, told: _Frame, pose: Float64, top: _Intrinsics) -> SourceFrame:
        file = _image_file(Path(self.options.images) if self.options.images else folder, told.file_path)
        parts = [p for p in PurePosixPath(told.file_path).parts if p not in ("/", ".", "..")]
        camera = self._camera(told.over(top), file)
        return SourceFrame("/".join(parts), partial(images.load, file), camera, pose, image_file=file)

    def _camera(self, told: _Intrinsics, file: Path) -> Camera:
        size = (int(told.w), int(told.h)) if told.w and told.h else image_size(file)
        corner = counts_from_corner(self.options, "corner")
        if self.options.camera:
            return parse_camera(self.options.camera, size, corner=corner)
        offset = HALF_PIXEL if corner else 0.0
        fx = told.fl_x or (0.5 * size[0] / math.tan(told.camera_angle_x / 2) if told.camera_angle_x else 0.0)
        cx = size[0] / 2 - HALF_PIXEL if told.cx is None else told.cx - offset
        cy = size[1] / 2 - HALF_PIXEL if told.cy is None else told.cy - offset
        model, distortion = _distortion(told, str(self.path))
        camera = Camera(*size, fx, told.fl_y or fx, cx, cy, model, distortion)
        camera.check_plausible(name=f"The camera of {file.name} in {self.path}")
        return camera


def _read_frame(item: Any, blame: Blame) -> tuple[_Frame, Float64]:
    told = json_file.convert(item, _Frame, blame)
    names.text(told.file_path, blame.at("file_path"))
    if not [p for p in PurePosixPath(told.file_path).parts if p not in ("/", ".", "..")]:
        raise blame.at("file_path").refuse(f"is {shown(told.file_path)}: the name of an image is expected")
    rows = told.transform_matrix
    if len(rows) not in (3, 4) or any(len(row) != 4 for row in rows):
        raise PoseError(f"{blame.where}, {blame.part} has no transform_matrix of 4 x 4 numbers", _FIX)
    matrix = [*rows, [0.0, 0.0, 0.0, 1.0]] if len(rows) == 3 else rows
    what = f"The pose of {told.file_path} in {blame.where}"
    return told, transforms.check_rigid(pose_from_opengl(matrix), what)


def _distortion(told: _Intrinsics, where: str) -> tuple[DistortionModel, tuple[float, ...]]:
    model = told.camera_model or "OPENCV"
    radial = [told.k1 or 0.0, told.k2 or 0.0, told.k3 or 0.0, told.k4 or 0.0]
    if model in _FISHEYE or (told.is_fisheye and told.camera_model is None):
        return DistortionModel.EQUIDISTANT, tuple(radial)
    if model not in _PERSPECTIVE or radial[3]:
        problem = f"{where} has the camera model {shown(model)}" + (f" with k4 = {radial[3]:g}" if radial[3] else "")
        raise CameraError(problem, f"Known: {', '.join((*_PERSPECTIVE[:5], *_FISHEYE[:1]))}. Undistort the images")
    plumb_bob = (radial[0], radial[1], told.p1 or 0.0, told.p2 or 0.0, radial[2])
    return (DistortionModel.PLUMB_BOB, plumb_bob) if any(plumb_bob) else (DistortionModel.NONE, ())


def _image_file(folder: Path, name: str) -> Path:
    """Return the image's file. Blender's names lack the suffix; some converters write paths of their own computer."""
    parts = PurePosixPath(name).parts
    within = [Path(*parts[at:]) for at in range(1, len(parts))] if parts[:1] == ("/",) else []
    for file in (folder / name, *(folder / part for part in within)):
        if file.is_file():
            return file
        beside = (file.with_name(file.name + suffix) for suffix in (".png", ".jpg", ".jpeg"))
        if file.suffix.lower() not in IMAGE_SUFFIXES and (found := next((f for f in beside if f.is_file()), None)):
            return found
    return folder / name


PLUGIN = Nerfstudio
