"""Interpolate poses of a trajectory: slerp for rotation, straight lines for translation.

It never extrapolates and never bridges a gap: an invented pose would enter a map as truth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reloc.errors import PoseError
from reloc.geometry.rotations import matrices_from_rotvecs, rotvecs_from_matrices

Float64 = NDArray[np.float64]
Bools = NDArray[np.bool_]


def interpolate_poses(
    stamps_ns: ArrayLike, world_from_body: Float64, at_ns: ArrayLike, max_gap_s: float
) -> tuple[Float64, Bools]:
    """Return poses of a trajectory at other times.

    Args:
        stamps_ns: (N,) integers, strictly increasing.
        world_from_body: (N, 4, 4), the poses at those stamps.
        at_ns: (M,) integers, in any order.
        max_gap_s: neighboring stamps farther apart than this are not joined, in seconds.

    Returns:
        Poses (M, 4, 4) and a mask (M,). The pose is NaN if the mask is False (before the first pose, after the last, or
            in a gap). A time that equals a stamp always has a pose.

    Raises:
        PoseError: stamps do not increase, the number of poses differs, or poses are not finite.
    """
    stamps, poses = _checked(stamps_ns, world_from_body)
    at = np.asarray(at_ns, dtype=np.int64).reshape(-1)
    out = np.full((len(at), 4, 4), np.nan)
    if len(stamps) == 0 or len(at) == 0:
        return out, np.zeros(len(at), dtype=np.bool_)
    after = np.searchsorted(stamps, at)  # the first stamp that is not earlier
    inside = (at >= stamps[0]) & (at <= stamps[-1])
    after = np.clip(after, 0, len(stamps) - 1)
    before = np.where(stamps[after] == at, after, after - 1)  # a stamp itself is in no gap
    # In whole nanoseconds: a float64 would round today's stamps to 256 ns.
    span = stamps[after] - stamps[before]
    valid = inside & (span <= round(max_gap_s * 1e9))
    before, after, span = before[valid], after[valid], span[valid]
    share = (at[valid] - stamps[before]) / np.maximum(span, 1)
    start, end = poses[before], poses[after]
    turn = rotvecs_from_matrices(np.swapaxes(start[:, :3, :3], 1, 2) @ end[:, :3, :3])
    result = np.zeros_like(start)
    result[:, :3, :3] = start[:, :3, :3] @ matrices_from_rotvecs(share[:, None] * turn)
    result[:, :3, 3] = start[:, :3, 3] + share[:, None] * (end[:, :3, 3] - start[:, :3, 3])
    result[:, 3, 3] = 1.0
    out[valid] = result
    return out, valid


def interpolate_pose(stamps_ns: ArrayLike, world_from_body: Float64, at_ns: int, max_gap_s: float) -> Float64 | None:
    """Return one pose (4, 4) at ``at_ns``, or None if there is none; see :func:`interpolate_poses`."""
    poses, valid = interpolate_poses(stamps_ns, world_from_body, [at_ns], max_gap_s)
    return poses[0] if valid[0] else None


def _checked(stamps_ns: ArrayLike, world_from_body: Float64) -> tuple[NDArray[np.int64], Float64]:
    stamps = np.asarray(stamps_ns, dtype=np.int64).reshape(-1)
    poses = np.asarray(world_from_body, dtype=np.float64).reshape(-1, 4, 4)
    if len(stamps) != len(poses):
        raise PoseError(f"{len(stamps)} stamps for {len(poses)} poses", "Give one stamp for each pose")
    steps = np.diff(stamps)
    if (steps <= 0).any():
        i = int(np.argmax(steps <= 0))
        what = "occurs twice" if steps[i] == 0 else f"is followed by {stamps[i + 1]}"
        raise PoseError(f"Stamp {stamps[i]} ns (pose {i}) {what}", "Sort the poses by stamp, and keep one of each")
    bad = ~np.isfinite(poses).all(axis=(1, 2))
    if bad.any():
        raise PoseError(f"Pose {int(np.argmax(bad))} is not finite", "Leave this pose out")
    return stamps, poses
