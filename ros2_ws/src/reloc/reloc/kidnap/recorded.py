"""Make drives from recorded frames of any map source, also a bag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import SourceError
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.kidnap.scenery import Frames
from reloc.maps.source import SourceFrame

# A larger step between two frames separates two drives.
_CUT_M, _CUT_RAD, _CUT_S = 0.5, np.deg2rad(35.0), 0.5
_SHORTEST = 3  # frames


def drives_of(frames: Sequence[SourceFrame], hz: float, stride: int = 1) -> tuple[Frames, ...]:
    """Return frames with poses, divided into drives at gaps, thinned to the test's rate.

    Args:
        hz: images per second; frames with stamps are thinned to it.
        stride: every N-th frame is taken if frames have no stamps.

    Raises:
        SourceError: no frame has a pose, or no two are consecutive.
    """
    posed = [frame for frame in frames if frame.world_from_cam is not None]
    if not posed:
        raise SourceError(f"None of {len(frames)} frames has a pose", "The test needs to know the robot's poses")
    drives = tuple(drive for drive in (_thinned(part, hz, stride) for part in _cut(posed)) if len(drive) >= _SHORTEST)
    if not drives:
        raise SourceError(
            f"No two of {len(posed)} frames are consecutive frames of a drive",
            "Use a recording with every frame, or a world: synth:SEED",
        )
    return drives


def _cut(frames: Sequence[SourceFrame]) -> Iterator[list[SourceFrame]]:
    part: list[SourceFrame] = []
    for frame in frames:
        if part and not _follows(part[-1], frame):
            yield part
            part = []
        part.append(frame)
    yield part


def _follows(before: SourceFrame, after: SourceFrame) -> bool:
    if before.name.rpartition("/")[0] != after.name.rpartition("/")[0] or before.camera != after.camera:
        return False
    stamped = before.stamp_ns is not None and after.stamp_ns is not None
    if stamped and not 0 < ((after.stamp_ns or 0) - (before.stamp_ns or 0)) * 1e-9 <= _CUT_S:
        return False
    one, other = _pose(before), _pose(after)
    return distance_between(one, other) <= _CUT_M and rotation_angle_between(one, other) <= _CUT_RAD


def _thinned(part: Sequence[SourceFrame], hz: float, stride: int) -> Frames:
    stamps = [frame.stamp_ns for frame in part if frame.stamp_ns is not None]
    if len(stamps) < len(part):
        return tuple(part[::stride])
    seconds = (np.array(stamps) - stamps[0]) * 1e-9
    wanted = np.arange(0.0, seconds[-1] + 1e-9, 1.0 / hz)
    after = np.clip(np.searchsorted(seconds, wanted), min(1, len(part) - 1), len(part) - 1)
    before = np.maximum(after - 1, 0)
    nearest = np.where(wanted - seconds[before] < seconds[after] - wanted, before, after)
    return tuple(part[i] for i in dict.fromkeys(nearest.tolist()))  # a slow camera's frame is used once


def _pose(frame: SourceFrame) -> Float64:
    assert frame.world_from_cam is not None
    return frame.world_from_cam
