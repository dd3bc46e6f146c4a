"""A path as a robot records it: poses with stamps, some late, doubled, lost or impossible. What is left is true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.errors import PoseError, RelocError
from reloc.geometry import transforms
from reloc.geometry.interpolation import interpolate_pose
from reloc.maps.left_out import LeftOut, longest_rising

LATE_NS = 10_000_000_000  # a pose that comes later is not sorted in; tf2 keeps as much
CORRECTION_M = 0.5  # a localizer's correction moves a path at once by up to this
NULL_M, NULL_RAD = 0.05, 0.1  # nearer to nothing than this, a null pose is no jump
MOST_PARTS = 1000  # of a path that jumps more often, only the longest part is kept


@dataclass(frozen=True, slots=True, eq=False)
class StampedPose:
    """One pose as it was read."""

    stamp_ns: int
    world_from_body: Float64  # (4, 4)
    where: str  # say "groundtruth.txt, line 7"


@dataclass(frozen=True, slots=True, eq=False)
class RecordedPath:
    """Poses by rising stamps."""

    stamps_ns: NDArray[np.int64]  # (N,)
    world_from_body: Float64  # (N, 4, 4)


def settle(
    found: Sequence[StampedPose], left_out: LeftOut, max_speed: float, error: type[RelocError] = PoseError
) -> RecordedPath:
    """Sort a path, and leave out what cannot be true; it is added to ``left_out``.

    Args:
        found: in the order in which it was written or received.
        left_out: where bad poses are counted.
        max_speed: m/s; a path that moves faster has jumped; 0 takes it as it is, with jumps and null poses.
        error: class of the errors of doubled and late poses.
    """
    poses = _without_doubles(found, left_out, error)
    poses = _in_order(poses, left_out, error)
    if max_speed > 0:
        poses = without_jumps(_without_null_poses(poses, left_out), left_out, max_speed)
    stamps = np.array([p.stamp_ns for p in poses], dtype=np.int64)
    return RecordedPath(stamps, np.array([p.world_from_body for p in poses], dtype=np.float64).reshape(-1, 4, 4))


def _without_doubles(found: Sequence[StampedPose], left_out: LeftOut, error: type[RelocError]) -> list[StampedPose]:
    """One pose for each stamp: the first, as tf2 takes it. The same pose again is no fault."""
    by_stamp: dict[int, StampedPose] = {}
    for pose in found:
        former = by_stamp.setdefault(pose.stamp_ns, pose)
        if not np.allclose(former.world_from_body, pose.world_from_body, atol=1e-6):
            problem = f"{pose.where}: the stamp stands twice, with two poses"
            left_out.add("of a stamp twice", error(problem, "Do two publishers send it? Keep one"))
    return list(by_stamp.values())


def _in_order(poses: list[StampedPose], left_out: LeftOut, error: type[RelocError]) -> list[StampedPose]:
    """Sorted by stamp; a late pose stays only where the path around it agrees with it."""
    rising = longest_rising([p.stamp_ns for p in poses])
    if len(rising) == len(poses):
        return poses
    kept = [poses[i] for i in rising]
    stamps = np.array([p.stamp_ns for p in kept], dtype=np.int64)
    path = np.stack([p.world_from_body for p in kept])
    in_order = set(rising)
    sorted_in = []
    for i, pose in enumerate(poses):
        if i in in_order:
            continue
        near = poses[i - 1] if i else poses[1]
        problem = f"{pose.where}: its stamp does not fit beside {near.stamp_ns} ns, which was recorded next to it"
        left_out.add("out of order", error(problem, "Sort by stamp; record each drive by itself"))
        if abs(near.stamp_ns - pose.stamp_ns) <= LATE_NS and _fits(pose, stamps, path):
            sorted_in.append(pose)
    return sorted([*kept, *sorted_in], key=lambda p: p.stamp_ns)


def _fits(pose: StampedPose, stamps: NDArray[np.int64], path: Float64) -> bool:
    expected = interpolate_pose(stamps, path, pose.stamp_ns, 2 * LATE_NS / 1e9)
    if expected is None:
        return False
    after = int(np.searchsorted(stamps, pose.stamp_ns))
    moved = transforms.distance_between(path[max(after - 1, 0)], path[min(after, len(path) - 1)])
    return transforms.distance_between(expected, pose.world_from_body) <= max(0.05, moved / 2)


def _without_null_poses(poses: list[StampedPose], left_out: LeftOut) -> list[StampedPose]:
    """Without runs of exact identities that a moving path jumps to: so odometry says that it was lost.

    A path may begin with them: that is where odometry starts to count.
    """
    null = [bool((p.world_from_body == np.eye(4)).all()) for p in poses]
    out, i = [], 0
    while i < len(poses):
        end = i
        while end < len(poses) and null[end]:
            end += 1
        if end > i and i > 0 and _is_elsewhere(poses[i - 1]) and (end == len(poses) or _is_elsewhere(poses[end])):
            left_out.add("null poses", PoseError(f"{poses[i].where}: the pose is zero, its neighbors are not"), end - i)
        else:
            out += poses[i:end]
        if end < len(poses):
            out.append(poses[end])
        i = end + 1
    return out


def _is_elsewhere(pose: StampedPose) -> bool:
    origin = np.eye(4)
    return (
        transforms.distance_between(origin, pose.world_from_body) > NULL_M
        or transforms.rotation_angle_between(origin, pose.world_from_body) > NULL_RAD
    )


def without_jumps(poses: list[StampedPose], left_out: LeftOut, max_speed: float) -> list[StampedPose]:
    """The longest part that a robot can have driven; parts that it would have to jump to are left out.

    Args:
        poses: by rising stamps.
        left_out: where those of the other parts are counted.
        max_speed: m/s; a path that moves faster has jumped.
    """
    if len(poses) < 2:
        return poses
    xyz = np.array([p.world_from_body[:3, 3] for p in poses])
    seconds = np.array([p.stamp_ns - poses[0].stamp_ns for p in poses]) * 1e-9
    moved = np.linalg.norm(np.diff(xyz, axis=0), axis=1)
    cuts = np.flatnonzero(moved > CORRECTION_M + max_speed * np.diff(seconds)) + 1
    if len(cuts) == 0:
        return poses
    bounds = [0, *cuts.tolist(), len(poses)]
    parts = list(pairwise(bounds))
    kept = _best_chain(parts, xyz, seconds, max_speed)
    at = int(cuts[0])
    dropped = len(poses) - sum(end - start for start, end in kept)
    left_out.add(
        "that jump",
        PoseError(
            f"{poses[at].where}: the path jumps by {moved[at - 1]:.2f} m in {seconds[at] - seconds[at - 1]:.3f} s, "
            f"faster than {max_speed:g} m/s",
            "Do two robots, or two publishers, send this path? Choose one. --max-path-speed 0 takes it as it is",
        ),
        dropped,
    )
    return [pose for start, end in kept for pose in poses[start:end]]


def _best_chain(
    parts: list[tuple[int, int]], xyz: Float64, seconds: Float64, max_speed: float
) -> list[tuple[int, int]]:
    """Return the sequence with the most poses in which each part can be reached from the previous one."""
    if len(parts) > MOST_PARTS:
        return [max(parts, key=lambda part: part[1] - part[0])]
    best = [end - start for start, end in parts]
    before = [-1] * len(parts)
    for i, (start, end) in enumerate(parts):
        for j in range(i):
            last = parts[j][1] - 1
            reach = CORRECTION_M + max_speed * (seconds[start] - seconds[last])
            if np.linalg.norm(xyz[start] - xyz[last]) <= reach and best[j] + end - start > best[i]:
                best[i], before[i] = best[j] + end - start, j
    chain, at = [], int(np.argmax(best))
    while at >= 0:
        chain.append(parts[at])
        at = before[at]
    return chain[::-1]
