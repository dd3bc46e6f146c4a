"""TUM RGB-D (Sturm et al., IROS 2012): rgb.txt, depth.txt, groundtruth.txt.

``groundtruth.txt`` is ``stamp tx ty tz qx qy qz qw``, world_from_cam of the color camera. Motion capture measured it at
100 Hz; it is interpolated to the images' stamps. Depth is registered to the color image, 5000 units per meter.
Intrinsics are the authors', chosen by ``freiburg1`` to ``3`` in the folder's name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reloc import images
from reloc.errors import ImageError, PoseError, SourceError
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.interpolation import interpolate_poses
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.left_out import longest_rising
from reloc.maps.source import SourceFrame
from reloc.maps.sources.shared.camera import SIDECAR, colour_camera
from reloc.maps.sources.shared.depth import depth_rig
from reloc.maps.sources.shared.frames import image_size, numbered_lines
from reloc.maps.sources.shared.importer import Importer
from reloc.maps.trajectory import RecordedPath, settle
from reloc.maps.tum_lines import FORM, stamp_ns, stamped_pose
from reloc.parsing.blame import Blame, shown
from reloc.parsing.regular_file import is_there

UNITS_PER_METRE = 5000.0
DEPTH_APART_NS = 20_000_000  # if the stamps differ by more, the depth image belongs to another frame
_PLUMB = DistortionModel.PLUMB_BOB
CAMERAS = {
    "1": Camera(640, 480, 517.3, 516.5, 318.6, 255.3, _PLUMB, (0.2624, -0.9531, -0.0054, 0.0026, 1.1633)),
    "2": Camera(640, 480, 520.9, 521.0, 325.1, 249.7, _PLUMB, (0.2312, -0.7849, -0.0033, -0.0001, 0.9172)),
    "3": Camera(640, 480, 535.4, 539.2, 320.1, 247.6),
}


TRIES = 10  # images to look at before all are taken to be bad


class _Row(NamedTuple):
    """One line of a list."""

    stamp_ns: int
    name: str  # of the image's file
    where: str  # the file and the line


class Tum(Importer):
    """Importer of one TUM RGB-D sequence; there are no splits."""

    name = "tum"
    keyframes = KeyframeConfig(min_distance_m=0.1, min_angle_deg=10.0)

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        listed = self._in_order(self._table("rgb.txt"))
        truth = self._trajectory()
        depth = self._table("depth.txt") if is_there(self.path / "depth.txt") else []
        at = np.array([row.stamp_ns for row in listed], dtype=np.int64)
        poses, known = interpolate_poses(truth.stamps_ns, truth.world_from_body, at, self.options.max_gap_s)
        camera = self._camera(self._size(listed))
        rig = depth_rig(self.options, "centre", self.options.depth_camera, units_per_metre=UNITS_PER_METRE)
        depth_stamps = np.array([row.stamp_ns for row in depth], dtype=np.int64)
        frames = []
        for row, pose, ok in zip(listed, poses, known, strict=True):
            if not ok:
                continue
            stamp, name = row.stamp_ns, row.name
            nearest = _nearest(depth_stamps, stamp)
            file = None if nearest is None else self.path / depth[nearest].name
            load_depth = partial(rig.load_if_there, file, camera)
            image = self.path / name
            loader = partial(images.load, image)
            frames.append(SourceFrame(name, loader, camera, pose, stamp, load_depth, image))
        if not frames:
            raise SourceError(
                f"No image of {self.path} has a pose near its stamp", "Check that both files are of one sequence"
            )
        if len(frames) < len(listed):
            self.notes.append(f"{len(listed) - len(frames)} of {len(listed)} images left out: no pose near their stamp")
        return self.checked(frames, str(self.path))

    def _table(self, name: str) -> list[_Row]:
        """The lines of a file, each a stamp and the name of an image; those that are none are left out."""
        file = self.path / name
        blame = Blame(str(file), SourceError, "Its lines are a stamp in seconds and the name of an image")
        lines, left_out = _lines(file, "a stamp and a file a line", "images"), self.bad(f"lines of {file}")
        rows = [
            left_out.attempt("that cannot be read", partial(_row, line, f"{file}, line {n}", blame.at(f"line {n}")))
            for n, line in lines
        ]
        self.settle(left_out, len(lines))
        return [row for row in rows if row is not None]

    def _in_order(self, rows: list[_Row]) -> list[_Row]:
        """Images by rising stamps. A few that are out of order are not trusted; a list in another order is sorted."""
        left_out = self.bad(f"images of {self.path / 'rgb.txt'}")
        rising = set(longest_rising([row.stamp_ns for row in rows]))
        if len(rows) - len(rising) > left_out.allowed(len(rows)):
            rows = sorted(rows, key=lambda row: row.stamp_ns)
            rising = set(longest_rising([row.stamp_ns for row in rows]))
            self.notes.append(f"{self.path / 'rgb.txt'} is not in the order of its stamps: sorted")
        for i, row in enumerate(rows):
            if i not in rising:
                problem = f"{row.where}: its stamp {row.stamp_ns} ns stands twice, or is out of order"
                left_out.add("of a stamp twice or out of order", PoseError(problem, "Sort by stamp, and keep one each"))
        self.settle(left_out, len(rows))
        return [row for i, row in enumerate(rows) if i in rising]

    def _trajectory(self) -> RecordedPath:
        file = self.path / "groundtruth.txt"
        lines, left_out = _lines(file, f"'{FORM}' a line", "poses"), self.bad(f"poses of {file}")
        read = [partial(stamped_pose, line, f"{file}, line {number}") for number, line in lines]
        found = [left_out.attempt("that cannot be read", one) for one in read]
        path = settle([pose for pose in found if pose is not None], left_out, self.options.max_path_speed)
        self.settle(left_out, len(lines))
        return path

    def _size(self, listed: list[_Row]) -> tuple[int, int]:
        problem: ImageError | None = None
        for row in listed[:TRIES]:
            try:
                return image_size(self.path / row.name)
            except ImageError as error:
                problem = problem or error
        raise problem or ImageError(f"No image in {self.path}")

    def _camera(self, size: tuple[int, int]) -> Camera:
        series = re.search(r"freiburg([123])", self.path.resolve().name)
        told = self.options.camera or is_there(self.path / SIDECAR)
        if series and not told and size == (640, 480):
            return CAMERAS[series[1]]
        return colour_camera(self.path, size, self.options, "centre")


def _lines(file: Path, what: str, items: str) -> list[tuple[int, str]]:
    lines = numbered_lines(file, what)
    if not lines:
        raise SourceError(f"{file} has no line: 0 {items}", "Is it complete?")
    return lines


def _row(line: str, where: str, blame: Blame) -> _Row:
    words = line.replace(",", " ").split()
    if len(words) < 2:
        raise blame.refuse(f"says {shown(line)}")
    return _Row(stamp_ns(words[0], replace(blame, part=f"{blame.part}, the stamp")), words[1], where)


def _nearest(stamps: NDArray[np.int64], at: int) -> int | None:
    if len(stamps) == 0:
        return None
    apart = np.abs(stamps - at)
    i = int(apart.argmin())
    return i if apart[i] <= DEPTH_APART_NS else None


PLUGIN = Tum
