"""Compute the query's pose from ExReNet's matches with several references: one generalized relative pose (PoseLib).

This is not in the paper, whose poses are regressed from the matches. A regressor must learn geometry from examples, in
half a million steps; a solver knows it. Only which places are the same has to be learned. All references together are
one camera with many centers, so the pose has a true scale.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.config import param, validate
from reloc.datatypes import Float64, freeze
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import pose_covariance, residual_sigma
from reloc.localizers.exrenet.match_search import MatchSearch
from reloc.localizers.exrenet.pair_matches import PairMatches

MIN_MATCHED_PLACES = 12  # fewest matches with one reference; fewer have no meaning
MATCH_SIGMA_FLOOR_PX = 0.3


@dataclass(frozen=True, slots=True)
class MatchPoseConfig:
    """Parameters of the pose from matches."""

    max_error_px: float = param(
        2.0,
        "An inlier lies within this distance of its epipolar line. Raising it accepts rougher matches.",
        unit="px",
        ge=0.1,
        le=32.0,
        expert=True,
    )
    min_share: float = param(
        0.4,
        "A reference agrees if at least this share of its matches are inliers. Raising it refuses more references.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    iterations: int = param(
        200,
        "Each RANSAC search takes at most this many iterations. Raising it finds more poses and costs time.",
        ge=10,
        le=100000,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True, eq=False)
class MatchPose:
    """A pose and the references that agree with it."""

    world_from_cam: Float64  # (4, 4)
    covariance: Float64  # (6, 6), as in Localized
    inliers: NDArray[np.intp]  # (N,) number of matches with each reference that agree
    matches: NDArray[np.intp]  # (N,) number of matches with each reference
    agreed: NDArray[np.bool_]  # (N,) whether each reference agrees
    uv_inliers: Float64  # (K, 2) pixels of the network's camera, in the query
    error_px: float  # median error of the inliers

    def __post_init__(self) -> None:
        freeze(self.inliers, self.matches, self.agreed, self.uv_inliers, self.world_from_cam, self.covariance)


def solve(
    world_from_ref: Float64, matches: PairMatches, camera: Camera, config: MatchPoseConfig | None = None
) -> MatchPose | None:
    """Return the pose that most matches agree on.

    Args:
        world_from_ref: (N, 4, 4) poses of the references.
        matches: the matches with each reference.
        camera: the network's camera, for both images.

    Returns:
        None if fewer than two references have enough matches, or nothing agrees.
    """
    config = config or MatchPoseConfig()
    used = [i for i in range(len(matches)) if len(matches.sure[i]) >= MIN_MATCHED_PLACES]
    if len(used) < 2:
        return None
    kept = PairMatches(*(tuple(of[i] for i in used) for of in (matches.uv_ref, matches.uv_query, matches.sure)))
    found = MatchSearch(world_from_ref[used], kept, camera, config.max_error_px).run(config.iterations)
    if found is None or found.explained.sum() < MIN_MATCHED_PLACES:
        return None
    counts = [len(sure) for sure in kept.sure]
    masks = np.split(found.explained, np.cumsum(counts)[:-1])
    inliers, offered = np.zeros(len(matches), np.intp), np.zeros(len(matches), np.intp)
    inliers[used], offered[used] = [int(mask.sum()) for mask in masks], counts
    residuals, jacobian = (part[found.explained] for part in found.epipolar.linearized(found.world_from_cam))
    sigma = residual_sigma(residuals, floor=MATCH_SIGMA_FLOOR_PX)
    return MatchPose(
        found.world_from_cam,
        pose_covariance(jacobian, sigma) + found.spread,
        inliers,
        offered,
        (inliers >= MIN_MATCHED_PLACES) & (inliers >= config.min_share * np.maximum(offered, 1)),
        np.concatenate(kept.uv_query)[found.explained],
        float(np.median(np.abs(residuals))),
    )
