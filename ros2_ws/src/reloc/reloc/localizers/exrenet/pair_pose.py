"""Compute the query's pose from the pairs of its references, with a covariance from the samples of dropout.

Two uncertainties add up:

- What the network does not know. In each sample of dropout the rays of the agreeing references are intersected again,
  and their rotations averaged again. The spread of those poses is the uncertainty. A sample is one thinned network for
  all pairs, so common errors of the pairs stay common. A formula for independent pairs would lose that.
- How well the references agree: the triangulation's own covariance. Dropout does not show this: in all its samples a
  network may be wrong about every pair in the same way.

Neither is in meters before it is compared with real errors: a model's export measures two scales.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64, freeze
from reloc.geometry import rays, triangulation
from reloc.geometry.rotation_averaging import chordal_means
from reloc.geometry.rotations import rotvecs_from_matrices
from reloc.geometry.triangulation import PoseTriangulationConfig, Triangulation
from reloc.localizers.exrenet.pair_estimates import PairEstimates


@dataclass(frozen=True, slots=True, eq=False)
class PairPose:
    """A triangulated pose."""

    met: Triangulation
    spread: Float64  # (6, 6) of the samples' poses, as in Localized; infinite if a sample has no pose

    def __post_init__(self) -> None:
        freeze(self.spread)

    @property
    def world_from_cam(self) -> Float64:
        """The pose (4, 4)."""
        return self.met.world_from_cam

    def covariance(self, position_scale: float = 1.0, rotation_scale: float = 1.0) -> Float64:
        """Return (6, 6), both kinds together. The scales are of standard deviations, as in Calibration."""
        scale = np.repeat([position_scale, rotation_scale], 3)
        with np.errstate(invalid="ignore"):
            return np.asarray((self.spread + self.met.covariance) * np.outer(scale, scale))


def solve(world_from_ref: Float64, estimates: PairEstimates, config: PoseTriangulationConfig) -> PairPose | None:
    """Compute the pose as in the paper, section IV.C 2.

    Args:
        world_from_ref: (N, 4, 4) poses of the references.
        estimates: the relative poses of the N pairs.

    Returns:
        None if no two rays meet. ``met.inliers`` tells which references agree, possibly none.
    """
    met = triangulation.triangulate(world_from_ref, estimates.relative_poses(), config)
    if met is None:
        return None
    agreed = np.flatnonzero(met.inliers)
    if len(agreed) < 2:
        return PairPose(met, np.diag(np.full(6, np.inf)))
    return PairPose(met, _spread(world_from_ref[agreed], estimates, agreed, met.world_from_cam))


def _spread(world_from_ref: Float64, estimates: PairEstimates, agreed: triangulation.Ints, pose: Float64) -> Float64:
    turn = world_from_ref[:, None, :3, :3]
    directions = np.einsum("kij,ksj->ski", turn[:, 0], estimates.direction[agreed])
    points = rays.intersections(world_from_ref[:, :3, 3], directions, pose[:3, 3])
    if not np.isfinite(points).all():
        return np.diag(np.full(6, np.inf))
    rotations = chordal_means(np.swapaxes(turn @ estimates.rotation[agreed], 0, 1))
    dr = rotvecs_from_matrices(rotations @ pose[:3, :3].T)
    errors = np.column_stack([points - pose[:3, 3], dr])
    return np.asarray(errors.T @ errors / max(1, len(errors) - 1))
