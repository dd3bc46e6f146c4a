"""One place's explanation of a query, and the matches that it was computed from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Candidate, Float32, Float64, Int32, freeze
from reloc.estimators.focal_length import FocalFit

# A match with more than this many times an inlier's error lies elsewhere. A smaller error may be the landmark's.
FAR = 10.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class MatchResiduals:
    """All matches used in the search for a pose, and the error of each."""

    keypoint: Int32  # (M,) in the query
    landmark: Int32  # (M,) in the map; empty in a map without landmarks
    distinct: NDArray[np.bool_]  # (M,) whether the match is unlikely by chance, by the ratio to the next best match
    off_px: Float64  # (M,) distance to the position that the pose predicts; infinite behind the camera
    inlier: NDArray[np.bool_]  # (M,) whether the pose explains the match
    limit_px: float  # largest error of an inlier

    def __post_init__(self) -> None:
        freeze(self.keypoint, self.landmark, self.distinct, self.off_px, self.inlier)

    @property
    def key_points(self) -> int:
        """Number of key points of the query that have a match."""
        return len(np.unique(self.keypoint))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ExplainedKeyPoints:
    """The key points of a query that a pose explains, each once."""

    keypoint: Int32  # (K,) in the query
    uv: Float32  # (K, 2) raw pixels of the query
    landmark: Int32  # (K,) in the map; empty in a map without landmarks
    median_px: float  # median error of the inliers

    def __post_init__(self) -> None:
        freeze(self.keypoint, self.uv, self.landmark)

    def __len__(self) -> int:
        return len(self.keypoint)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Hypothesis:
    """A pose computed from the references of one place."""

    world_from_cam: Float64  # (4, 4)
    covariance: Float64  # (6, 6), as in Localized, of a fit to independent inliers
    sigma_px: float  # the standard deviation of a residual with which it was computed
    residual_px: float  # the same of the inliers' residuals, robust: it has no lower limit
    references: tuple[Candidate, ...]
    explained: ExplainedKeyPoints
    residuals: MatchResiduals
    # Fits the focal length to the matches. It takes milliseconds, so only the best hypothesis is fitted.
    fit_focal: Callable[[], FocalFit] | None = None

    def __post_init__(self) -> None:
        freeze(self.world_from_cam, self.covariance)

    @property
    def inliers(self) -> int:
        """Number of key points of the query that the pose explains."""
        return len(self.explained)
