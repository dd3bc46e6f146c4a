"""Find the pose that most of several poses of one camera agree on: CamNet's RANSAC-filtered mean (paper, 3.4).

Each pose is a hypothesis. There are so few that all are tried.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64, freeze
from reloc.geometry.rotation_averaging import chordal_mean
from reloc.geometry.rotations import rotvecs_from_matrices
from reloc.geometry.transforms import make, rotation_angles_between

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PoseConsensus:
    """The mean of the poses that agree."""

    world_from_cam: Float64  # (4, 4) mean position, chordal mean of the rotations
    inliers: Bools  # (M,) mask of the poses that agree
    spread: Float64  # (6, 6) covariance of a single inlier about the mean, as in Localized; zero for a single pose

    def __post_init__(self) -> None:
        freeze(self.world_from_cam, self.inliers, self.spread)

    def covariance(self, floor_m: float, floor_rad: float, position_scale: float, rotation_scale: float) -> Float64:
        """Return (6, 6): the spread plus a floor, as variances, both scaled (standard deviations times the scales).

        The spread is not divided by the number of poses. One network computed all of them from one image, so their
        errors are similar.
        """
        floor = np.diag(np.repeat([floor_m, floor_rad], 3) ** 2)
        scale = np.repeat([position_scale, rotation_scale], 3)
        return np.asarray((self.spread + floor) * np.outer(scale, scale))


def agree(poses: Float64, counts: Bools, max_m: float, max_rad: float) -> PoseConsensus | None:
    """Return the largest group of poses around one of them.

    Args:
        poses: (M, 4, 4) world_from_cam; those with NaN are left out.
        counts: (M,) mask of the poses that are counted. The others only break ties and improve the mean.
        max_m, max_rad: largest distance and angle of an inlier from the hypothesis.

    Returns:
        None if no pose is finite.
    """
    usable = np.isfinite(poses).all(axis=(1, 2))
    if not usable.any():
        return None
    best: tuple[tuple[int, int, float], Bools] | None = None
    for hypothesis in np.flatnonzero(usable):
        off_m = np.linalg.norm(poses[usable, :3, 3] - poses[hypothesis, :3, 3], axis=1)
        off_rad = rotation_angles_between(poses[usable], poses[hypothesis])
        near = np.zeros(len(poses), np.bool_)
        near[usable] = (off_m <= max_m) & (off_rad <= max_rad)
        tightness = float((off_m + off_rad)[near[usable]].sum())
        rank = (int((near & counts).sum()), int(near.sum()), -tightness)
        if best is None or rank > best[0]:
            best = rank, near
    assert best is not None
    return _mean(poses, best[1])


def _mean(poses: Float64, inliers: Bools) -> PoseConsensus:
    chosen = poses[inliers]
    mean = make(chordal_mean(chosen[:, :3, :3]), chosen[:, :3, 3].mean(axis=0))
    dr = rotvecs_from_matrices(chosen[:, :3, :3] @ mean[:3, :3].T)
    errors = np.column_stack([chosen[:, :3, 3] - mean[:3, 3], dr])
    return PoseConsensus(mean, inliers, errors.T @ errors / max(1, len(errors) - 1))
