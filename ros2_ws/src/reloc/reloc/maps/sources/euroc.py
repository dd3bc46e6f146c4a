"""EuRoC MAV (Burri et al., IJRR 2016) and what has its form (ASL).

``cam0/data.csv`` lists stamps in nanoseconds and files in ``cam0/data``. ``cam0/sensor.yaml`` has the intrinsics and
``T_BS``, body_from_cam. ``state_groundtruth_estimate0/data.csv`` is ``stamp, p_RS_R, q_RS (w first), ...``:
world_from_body. Poses are interpolated to the images' stamps. Another camera is chosen by ``--images .../cam1``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from reloc.datatypes import Float64
from reloc.errors import SourceError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.geometry.distortion import parse_distortion
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.pose_input import from_quaternion
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import counts_from_corner, parse_camera
from reloc.maps.sources.shared.frames import numbered_lines
from reloc.maps.sources.shared.importer import Importer
from reloc.maps.sources.shared.recorded import StampedImage, along_path, first_size
from reloc.maps.trajectory import StampedPose
from reloc.parsing import json_file, names, yaml_file
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real_or_not_finite, whole
from reloc.parsing.regular_file import MIB, is_there
from reloc.parsing.text_file import read_text

TRUTHS = ("state_groundtruth_estimate0", "mocap0", "vicon0", "gt0")
_SENSOR_FIX = "It should hold T_BS, resolution, intrinsics and distortion_coefficients, as EuRoC's does"


class _Matrix(msgspec.Struct, frozen=True):
    data: list[float]
    rows: int = 4
    cols: int = 4


class _Sensor(msgspec.Struct, frozen=True):
    T_BS: _Matrix | None = None
    resolution: list[int] = []
    intrinsics: list[float] = []
    distortion_model: str = ""
    distortion_coefficients: list[float] = []
    camera_model: str = "pinhole"


class Euroc(Importer):
    """Importer of one sequence: its folder, or the ``mav0`` inside; there are no splits."""

    name = "euroc"
    keyframes = KeyframeConfig(min_distance_m=0.1, min_angle_deg=10.0)

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        root = self.path / "mav0" if (self.path / "mav0").is_dir() else self.path
        folder = Path(self.options.images) if self.options.images else root / "cam0"
        truth = next((root / name for name in TRUTHS if is_there(root / name / "data.csv")), root / TRUTHS[0])
        sensor = _sensor(folder / "sensor.yaml")
        pictures = self._pictures(folder)
        body_from_truth = _mounting(_sensor(truth / "sensor.yaml"), truth) if is_there(truth / "sensor.yaml") else None
        # world_from_cam = world_from_truth @ truth_from_body @ body_from_cam
        mounting = _mounting(sensor, folder)
        if body_from_truth is not None:
            mounting = transforms.inverse(body_from_truth) @ mounting
        path = self._path(truth / "data.csv")
        camera = partial(self._camera, sensor, folder)
        frames = along_path(self, pictures, path, camera, mounting)
        return self.checked(frames, str(self.path))

    def _pictures(self, folder: Path) -> list[StampedImage]:
        file = folder / "data.csv"
        lines, left_out = numbered_lines(file, "lines 'stamp in ns, file'"), self.bad(f"lines of {file}")
        blame = Blame(str(file), SourceError, "Its lines are a stamp in nanoseconds and the name of an image")
        lines = lines[_heading(lines) :]
        found = [left_out.attempt("that cannot be read", partial(_picture, t, folder, blame.at(f"line {n}")))
                 for n, t in lines]  # fmt: skip
        self.settle(left_out, len(lines))
        return [picture for picture in found if picture is not None]

    def _path(self, file: Path) -> list[StampedPose]:
        lines, left_out = (
            numbered_lines(file, "lines 'stamp in ns, x, y, z, qw, qx, qy, qz'"),
            self.bad(f"lines of {file}"),
        )
        lines = lines[_heading(lines) :]
        found = [left_out.attempt("without a pose", partial(_pose, t, f"{file}, line {n}")) for n, t in lines]
        self.settle(left_out, len(lines))
        return [pose for pose in found if pose is not None]

    def _camera(self, sensor: _Sensor, folder: Path, pictures: Sequence[StampedImage]) -> Camera:
        if self.options.camera:
            corner = counts_from_corner(self.options, "centre")
            return parse_camera(self.options.camera, first_size(pictures), corner=corner)
        blame = Blame(str(folder / "sensor.yaml"), SourceError, _SENSOR_FIX)
        if sensor.camera_model not in ("pinhole", "pinhole-radtan", "pinhole-equi"):
            raise blame.refuse(f"says camera_model: {shown(sensor.camera_model)}; pinhole is expected")
        if len(sensor.intrinsics) != 4 or len(sensor.resolution) != 2:
            raise blame.refuse("lacks four numbers of intrinsics, or two of resolution")
        model = {"radial-tangential": "radtan", "equidistant": "equidistant"}.get(sensor.distortion_model)
        distortion = parse_distortion(model or sensor.distortion_model or "none", sensor.distortion_coefficients)
        fx, fy, cx, cy = sensor.intrinsics
        camera = Camera(sensor.resolution[0], sensor.resolution[1], fx, fy, cx, cy, *distortion)
        camera.check_plausible(name=f"The camera of {folder / 'sensor.yaml'}")
        return camera


def _sensor(file: Path) -> _Sensor:
    blame = Blame(str(file), SourceError, _SENSOR_FIX)
    values: Any = yaml_file.parse(read_text(file, blame, MIB), blame)
    if not isinstance(values, dict):
        raise blame.refuse("holds no fields")
    known = {name: values[name] for name in _Sensor.__struct_fields__ if values.get(name) is not None}
    return json_file.convert(known, _Sensor, blame)


def _mounting(sensor: _Sensor, folder: Path) -> Float64:
    """Return T_BS: body_from_sensor (4, 4)."""
    what = f"T_BS of {folder / 'sensor.yaml'}"
    if sensor.T_BS is None or len(sensor.T_BS.data) != 16:
        raise SourceError(f"{what} does not have 4 x 4 numbers", _SENSOR_FIX)
    return transforms.check_rigid(np.array(sensor.T_BS.data, dtype=np.float64).reshape(4, 4), what)


def _heading(lines: Sequence[tuple[int, str]]) -> int:
    """Return 1 if the first line names columns; EuRoC's begins with # and is left out before."""
    return int(bool(lines) and not lines[0][1][:1].isdigit())


def _picture(line: str, folder: Path, blame: Blame) -> StampedImage:
    words = [word.strip() for word in line.replace(",", " ").split()]
    if len(words) < 2:
        raise blame.refuse(f"says {shown(line)}")
    name = names.relative(words[1], blame.at("the file"), str(folder))
    return StampedImage(whole(words[0], blame.at("the stamp"), 0), folder / "data" / name, name)


def _pose(line: str, where: str) -> StampedPose:
    words = line.replace(",", " ").split()
    blame = Blame(where, SourceError, "A line begins with: stamp in ns, x, y, z, qw, qx, qy, qz")
    if len(words) < 8:
        raise blame.refuse(f"says {shown(line)}")
    x, y, z, qw, qx, qy, qz = (real_or_not_finite(word, blame) for word in words[1:8])
    stamp = whole(words[0], blame.at("the stamp"), 0)
    return StampedPose(stamp, from_quaternion((qx, qy, qz, qw), (x, y, z), f"The pose in {where}"), where)


PLUGIN = Euroc
