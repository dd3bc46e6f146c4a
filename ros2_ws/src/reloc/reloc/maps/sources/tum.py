"""TUM RGB-D (Sturm et al., IROS 2012): rgb.txt, depth.txt, groundtruth.txt.

``groundtruth.txt`` is ``stamp tx ty tz qx qy qz qw``, world_from_cam of the colour camera by motion
capture at 100 Hz, here interpolated to the images' stamps. Depth is registered to the colour image, 5000
units a metre. Intrinsics are the authors', found by ``freiburg1`` to ``3`` in the folder's name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import SourceError
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.interpolation import interpolate_poses
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.pose_input import from_quaternion
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import SIDECAR, colour_camera
from reloc.maps.sources.shared.depth import depth_rig
from reloc.maps.sources.shared.frames import check_frames, image_size, numbered_lines
from reloc.maps.sources.shared.importer import Importer
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real_or_not_finite
from reloc.parsing.regular_file import is_there
from reloc.parsing.stamps import seconds_to_ns

UNITS_PER_METRE = 5000.0
DEPTH_APART_NS = 20_000_000  # farther from the colour image than this, a depth image is another frame's
_PLUMB = DistortionModel.PLUMB_BOB
CAMERAS = {
    "1": Camera(640, 480, 517.3, 516.5, 318.6, 255.3, _PLUMB, (0.2624, -0.9531, -0.0054, 0.0026, 1.1633)),
    "2": Camera(640, 480, 520.9, 521.0, 325.1, 249.7, _PLUMB, (0.2312, -0.7849, -0.0033, -0.0001, 0.9172)),
    "3": Camera(640, 480, 535.4, 539.2, 320.1, 247.6),
}


class Tum(Importer):
    """Importer of one TUM RGB-D sequence; there are no splits."""

    name = "tum"
    keyframes = KeyframeConfig(min_distance_m=0.1, min_angle_deg=10.0)

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        listed = _read_table(self.path / "rgb.txt", 1)
        truth = _read_table(self.path / "groundtruth.txt", 7)
        depth = _read_table(self.path / "depth.txt", 1) if is_there(self.path / "depth.txt") else []
        if not listed or not truth:
            raise SourceError(f"{self.path} has {len(listed)} images and {len(truth)} poses", "Is it complete?")
        at = np.array([stamp for stamp, _ in listed], dtype=np.int64)
        stamps = np.array([stamp for stamp, _ in truth], dtype=np.int64)
        poses, known = interpolate_poses(stamps, _poses(truth, self.path), at, self.options.max_gap_s)
        camera = self._camera(image_size(self.path / listed[0][1][0]))
        rig = depth_rig(self.options, "centre", self.options.depth_camera, units_per_metre=UNITS_PER_METRE)
        depth_stamps = np.array([stamp for stamp, _ in depth], dtype=np.int64)
        frames = []
        for (stamp, (name,)), pose, ok in zip(listed, poses, known, strict=True):
            if not ok:
                continue
            nearest = _nearest(depth_stamps, stamp)
            file = None if nearest is None else self.path / depth[nearest][1][0]
            load_depth = partial(rig.load_if_there, file, camera)
            image = self.path / name
            loader = partial(images.load, image)
            frames.append(SourceFrame(name, loader, camera, pose, stamp, load_depth, image))
        if not frames:
            raise SourceError(f"No image of {self.path} has a pose near its stamp", "Are both of one sequence?")
        if len(frames) < len(listed):
            self.notes.append(f"{len(listed) - len(frames)} of {len(listed)} images left out: no pose near their stamp")
        check_frames(frames, str(self.path), allow_duplicates=self.options.allow_duplicates)
        return frames

    def _camera(self, size: tuple[int, int]) -> Camera:
        series = re.search(r"freiburg([123])", self.path.resolve().name)
        told = self.options.camera or is_there(self.path / SIDECAR)
        if series and not told and size == (640, 480):
            return CAMERAS[series[1]]
        return colour_camera(self.path, size, self.options, "centre")


def _read_table(file: Path, columns: int) -> list[tuple[int, list[str]]]:
    rows = []
    blame = Blame(str(file), SourceError, f"Its lines are a stamp in seconds and {columns} columns")
    for number, line in numbered_lines(file, f"a stamp and {columns} columns a line"):
        words = line.replace(",", " ").split()
        if len(words) < columns + 1:
            raise blame.at(f"line {number}").refuse(f"says {shown(line)}")
        rows.append((seconds_to_ns(words[0], blame.at(f"line {number}, the stamp")), words[1 : columns + 1]))
    return rows


def _poses(truth: list[tuple[int, list[str]]], path: Path) -> Float64:
    out = np.empty((len(truth), 4, 4))
    for i, (stamp, words) in enumerate(truth):
        what = f"Pose at {stamp} ns in {path / 'groundtruth.txt'}"
        numbers = [
            real_or_not_finite(word, Blame(what, SourceError, "It must be tx ty tz qx qy qz qw")) for word in words
        ]
        out[i] = from_quaternion(numbers[3:], numbers[:3], what)
    return out


def _nearest(stamps: NDArray[np.int64], at: int) -> int | None:
    if len(stamps) == 0:
        return None
    apart = np.abs(stamps - at)
    i = int(apart.argmin())
    return i if apart[i] <= DEPTH_APART_NS else None


PLUGIN = Tum
