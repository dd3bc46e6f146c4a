"""The values that flow through reloc: a query goes in, ``Localized`` or ``Lost`` comes out.

All are frozen and hold read-only views of their arrays; the caller's arrays are not changed. Lengths are meters, angles
radians, times seconds unless a suffix says otherwise. Values with arrays compare by identity, because ``==`` of two
arrays is not a bool. ``world`` is the map's frame, ``cam`` the camera's optical frame (x right, y down, z forward).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from reloc.arrays import Float32 as Float32
from reloc.arrays import Float64 as Float64
from reloc.arrays import Int8 as Int8
from reloc.arrays import Int32 as Int32
from reloc.arrays import UInt8 as UInt8
from reloc.arrays import freeze as freeze
from reloc.arrays import hold_read_only

if TYPE_CHECKING:
    from reloc.geometry.cameras import Camera


class LostReason(Enum):
    """Why a frame gave no pose. The value is published and printed."""

    BAD_IMAGE = "bad_image"  # empty, truncated, or of an encoding that cannot be converted
    NO_CAMERA_INFO = "no_camera_info"  # no intrinsics were received for this camera
    BAD_CAMERA_INFO = "bad_camera_info"  # intrinsics are zero, NaN, or of an unknown model
    CAMERA_MISMATCH = "camera_mismatch"  # intrinsics of another image size or lens, or too narrow a view
    NO_TF = "no_tf"  # the transform from the camera to the base or to odometry is unknown
    NO_MAP = "no_map"  # no map is loaded
    TOO_FEW_FEATURES = "too_few_features"  # dark, blurred, covered or blank
    NO_CANDIDATES = "no_candidates"  # retrieval found no similar reference
    TOO_FEW_MATCHES = "too_few_matches"
    TOO_FEW_INLIERS = "too_few_inliers"  # no pose explains enough of the matches
    NO_BASELINE = "no_baseline"  # all candidates at one position, so nothing can be triangulated
    AMBIGUOUS = "ambiguous"  # a second place explains the image equally well
    UNCERTAIN = "uncertain"  # the pose's covariance is too large, or degenerate
    UNVERIFIED = "unverified"  # independent reference images disagree with the pose
    INCONSISTENT = "inconsistent"  # contradicts odometry and is not confirmed yet
    NOT_FINITE = "not_finite"  # a solver or network returned NaN
    INTERNAL = "internal"  # a bug; the detail holds the exception


@dataclass(frozen=True, slots=True, eq=False)
class LocalFeatures:
    """Key points of one image and their descriptors, strongest first."""

    uv: Float32  # (N, 2) pixels; the top-left pixel's center is (0, 0)
    size: Float32  # (N,) diameter in pixels
    angle: Float32  # (N,) radians
    descriptors: UInt8 | Int8  # (N, D) as reloc.features.descriptors says; RootSIFT: uint8, D = 128
    score: Float32 | None = None  # (N,) probability of a key point, where the kind of features knows one
    place: Float32 | None = None  # (G,) global descriptor of the image, of length 1, where the kind gives one

    def __post_init__(self) -> None:
        more = (name for name in ("score", "place") if getattr(self, name) is not None)
        hold_read_only(self, "uv", "size", "angle", "descriptors", *more)

    def __len__(self) -> int:
        return len(self.uv)


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """A pose that is believed before looking; a hint, never an answer."""

    world_from_cam: Float64  # (4, 4)
    covariance: Float64  # (6, 6), as in Localized

    def __post_init__(self) -> None:
        hold_read_only(self, "world_from_cam", "covariance")


@dataclass(frozen=True, slots=True, eq=False)
class Query:
    """One live image and the camera that took it."""

    image: UInt8  # (H, W, 3) RGB or (H, W) gray
    camera: Camera
    stamp_ns: int = 0
    prior: Prior | None = None  # reloc itself gives no prior: a method that trusts one does not notice a kidnapping
    without: tuple[int, ...] = ()  # references that an answer must not use, for leave-one-out
    features: LocalFeatures | None = None  # local features of the image, extracted like the map's, if already known
    camera_stated: bool = True  # False: nobody gave the camera, so the map's is assumed

    def __post_init__(self) -> None:
        hold_read_only(self, "image")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reference that retrieval proposed."""

    index: int  # in the map
    similarity: float  # cosine of the global descriptors, 1 is identical


@dataclass(frozen=True, slots=True, eq=False)
class Support:
    """The evidence for an answer."""

    matches: int  # correspondences given to the solver
    inliers: int
    coverage: float  # 0 to 1: share of an 8 x 8 grid over the image that holds an inlier
    reprojection_px: float  # median over the inliers
    runner_up_inliers: int  # inliers of the best answer at another place; 0 if there is none
    uv_inliers: Float32 = field(default_factory=lambda: np.zeros((0, 2), np.float32))  # (K, 2)
    runner_up: int = -1  # best reference of that best answer at another place; -1: none or unknown
    log_odds: float = nan  # natural logarithm of the odds that the pose is right; NaN: not judged by evidence
    evidence: str = ""  # what speaks most for and against it, in words

    def __post_init__(self) -> None:
        hold_read_only(self, "uv_inliers")


@dataclass(frozen=True, slots=True, eq=False)
class Localized:
    """A pose in the map, its covariance and its evidence."""

    world_from_cam: Float64  # (4, 4)
    # (6, 6): x, y, z, then rotation about the world's x, y, z. The error model is
    # t_true = t + dt, R_true = exp(dr) @ R with (dt, dr) ~ N(0, covariance): ROS's convention.
    covariance: Float64
    support: Support
    references: tuple[Candidate, ...] = ()  # the references used, best first
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    # Of the image, extracted as the map's were, if the method needed them; verification need not extract them again.
    features: LocalFeatures | None = None
    # Probability that the answer is right, 0 to 1, if the map is calibrated for the method.
    probability: float | None = None
    verified: bool = False  # independent references agree, or the method checks that itself

    def __post_init__(self) -> None:
        hold_read_only(self, "world_from_cam", "covariance")


@dataclass(frozen=True, slots=True)
class Lost:
    """No pose, and why. Never replaced by a guess."""

    reason: LostReason
    detail: str = ""
    support: Support | None = None
    references: tuple[Candidate, ...] = ()
    stage_ms: Mapping[str, float] = field(default_factory=dict)


Answer = Localized | Lost
