"""The five-point algorithm on RootSIFT matches (Nister 2004), in LO-RANSAC by PoseLib.

One pair of images gives the direction of the translation, but not its length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import poselib

from reloc.config import param, same, validate
from reloc.datatypes import Float32, Float64, Int32
from reloc.estimators.local_features import FeaturesConfig
from reloc.features.matching import mutual_nearest
from reloc.geometry.cameras import Camera
from reloc.geometry.poselib_convention import pinhole_dict
from reloc.geometry.relative_pose import RelativePose, Scale
from reloc.geometry.transforms import make


@dataclass(frozen=True, slots=True)
class FivePointConfig:
    """Parameters of the relative pose from matches."""

    max_ratio: float = same(FeaturesConfig, "max_ratio", default=0.8)
    max_epipolar_px: float = param(
        1.5,
        "An inlier has at most this Sampson distance from its epipolar line. Raising it accepts rougher matches.",
        unit="px",
        ge=0.1,
        le=50.0,
        expert=True,
    )
    min_inliers: int = param(
        15,
        "An essential matrix needs at least this many inliers. Raising it refuses more references.",
        ge=5,
        le=1000,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True, eq=False)
class PairView:
    """One side of a pair."""

    uv: Float64  # (N, 2) key points in ``pinhole``
    descriptors: Float32  # (N, 128) of length 1
    pinhole: Camera


@dataclass(frozen=True, slots=True, eq=False)
class EssentialPose:
    """A relative pose, and the query's key points behind it."""

    relative: RelativePose
    matched_in_query: Int32  # (M,) indices of the query's key points that have a match
    inliers_in_query: Int32  # (K,) indices of those key points that agree with the pose


class FivePoint:
    """Compute the relative pose of a pair by its essential matrix."""

    name: ClassVar[str] = "five_point"
    Config: ClassVar[type[FivePointConfig]] = FivePointConfig

    def __init__(self, config: FivePointConfig | None = None) -> None:
        self.config = config or FivePointConfig()

    def estimate(self, query: PairView, reference: PairView) -> EssentialPose | None:
        """Return the query's pose relative to the reference; None if too few matches agree.

        Its uncertainty is one over the square root of the number of inliers.
        """
        pairs = mutual_nearest(query.descriptors, reference.descriptors, self.config.max_ratio)
        if len(pairs) < self.config.min_inliers:
            return None
        pose, info = poselib.estimate_relative_pose(
            query.uv[pairs[:, 0]],
            reference.uv[pairs[:, 1]],
            pinhole_dict(query.pinhole),
            pinhole_dict(reference.pinhole),
            {"max_epipolar_error": self.config.max_epipolar_px, "max_iterations": 2000, "min_iterations": 100},
            {"loss_type": "CAUCHY", "loss_scale": 1.0},
        )
        good = np.asarray(info["inliers"], dtype=bool)
        count = int(good.sum())
        ref_from_cam = make(pose.R, pose.t)
        if count < self.config.min_inliers or not np.isfinite(ref_from_cam).all():
            return None
        relative = RelativePose(ref_from_cam, Scale.UNKNOWN, 1.0 / np.sqrt(count), count)
        return EssentialPose(relative, pairs[:, 0], pairs[good, 0])
