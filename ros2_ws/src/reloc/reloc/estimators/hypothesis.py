"""One place's explanation of a query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from reloc.datatypes import Candidate, Float32, Float64, Int32, freeze
from reloc.estimators.focal_length import FocalFit


@dataclass(frozen=True, slots=True, eq=False)
class Hypothesis:
    """A pose computed from the references of one place."""

    world_from_cam: Float64  # (4, 4)
    covariance: Float64  # (6, 6), as in Localized
    matches: int
    uv_inliers: Float32  # (K, 2) raw pixels of the query, each key point once
    reprojection_px: float  # median over the inliers
    references: tuple[Candidate, ...]
    # What its matches say of the focal length; it takes milliseconds, so the best hypothesis alone is asked.
    fit_focal: Callable[[], FocalFit] | None = None
    agreement: float = 1.0  # of what the image surely shows of the map, the share that lies where the pose says
    presence: float = 1.0  # of what the pose says the image must show, the share of the image that does
    contested: float = 0.0  # of the inliers, the share that look like something elsewhere, too
    # Of each inlier: the key point in the query, and the landmark that it is; empty in a map without landmarks.
    explained: Int32 = field(default_factory=lambda: np.zeros(0, np.int32))  # (K,)
    landmarks: Int32 = field(default_factory=lambda: np.zeros(0, np.int32))  # (K,)

    def __post_init__(self) -> None:
        freeze(self.world_from_cam, self.covariance, self.uv_inliers, self.explained, self.landmarks)

    @property
    def inliers(self) -> int:
        """Key points of the query that the pose explains."""
        return len(self.uv_inliers)
