"""Combine ExReNet's regressed poses of all references, each weighted by its matches.

It is for maps of a few references far apart, where most pairs share little. Pairs without a common view give arbitrary
rays, but the paper's triangulation (section IV.C) counts them like the others. Here the position is the mean of the
predicted centers, direction times scale. The rotation is that of the reference with most matches. The answer is rough,
and there always is one; its covariance is the disagreement of the references.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64, freeze
from reloc.geometry.rotations import (
    angles_of_matrices,
    matrices_from_quaternions,
    quaternions_from_matrices,
    rotvecs_from_matrices,
)
from reloc.geometry.transforms import make
from reloc.localizers.exrenet.pair_estimates import PairEstimates

CHANCE = 2.0  # sum of match confidences for a pair with nothing in common


@dataclass(frozen=True, slots=True, eq=False)
class WeighedPose:
    """A pose and the weight of each reference."""

    world_from_cam: Float64  # (4, 4)
    covariance: Float64  # (6, 6), as in Localized
    weights: Float64  # (N,), their sum is 1; 0 for a pair that gave no pose

    def __post_init__(self) -> None:
        freeze(self.world_from_cam, self.covariance, self.weights)


def solve(world_from_ref: Float64, estimates: PairEstimates, sure: Float64) -> WeighedPose | None:
    """Return the pose.

    Args:
        world_from_ref: (N, 4, 4) poses of the references.
        estimates: the relative poses of the N pairs.
        sure: (N,) sum of the match confidences of each pair.

    Returns:
        None if no pair gave a pose.
    """
    relative = np.stack([pose.ref_from_cam for pose in estimates.relative_poses()])
    usable = np.asarray(np.isfinite(relative).all(axis=(1, 2)))
    if not usable.any():
        return None
    weights = np.where(usable, (sure + CHANCE) ** 2, 0.0)
    weights /= weights.sum()
    poses = world_from_ref @ np.where(usable[:, None, None], relative, np.eye(4))
    centre = weights @ poses[:, :3, 3]
    pose = make(poses[int(weights.argmax()), :3, :3], centre)
    off = np.column_stack([
        poses[:, :3, 3] - centre, rotvecs_from_matrices(poses[:, :3, :3] @ pose[:3, :3].T),
    ])  # fmt: skip
    covariance = (off * weights[:, None]).T @ off + np.diag(np.repeat(_of_samples(estimates, weights), 3))
    return WeighedPose(pose, covariance, weights)


def _of_samples(estimates: PairEstimates, weights: Float64) -> tuple[float, float]:
    """Return the variances along an axis, m^2 and rad^2, of the samples of dropout, with the same weights."""
    mean = matrices_from_quaternions(quaternions_from_matrices(estimates.rotation[:, 0]))
    angles = angles_of_matrices(estimates.rotation @ np.swapaxes(mean, 1, 2)[:, None])
    return float(weights @ estimates.uncertainty()) / 3.0, float(weights @ (0.5 * (angles**2).mean(axis=1))) / 3.0
