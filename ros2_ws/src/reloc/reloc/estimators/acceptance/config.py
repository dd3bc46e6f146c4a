"""How much evidence an answer needs, and what is known of the map's errors."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class AcceptanceConfig:
    """How much evidence an answer needs."""

    max_false_accept_rate: float = param(
        0.005,
        "At most this share of the images that show another place may be answered. Raising it answers more "
        "difficult images, and more wrongly; 1 answers all.",
        ge=1e-9,
        le=1.0,
        expert=True,
    )
    min_inliers: int = param(
        8,
        "A pose needs at least this many inliers, the key points that it explains, so that it is determined. Raising "
        "it refuses weak answers before their evidence is weighed.",
        ge=6,
        le=1000,
        expert=True,
    )
    same_place_m: float = param(
        0.5,
        "Two poses are one place only if they are nearer than this; same_place_deg limits their "
        "rotation. Raising it finds fewer rivals.",
        unit="m",
        ge=0.0,
        le=10.0,
        expert=True,
    )
    same_place_deg: float = param(
        15.0,
        "Two poses are one place only if they are turned by less than this; same_place_m limits their "
        "distance. Raising it finds fewer rivals.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )
    map_error_px: float = param(
        0.0,
        "The map's poses err by this much, in pixels of a reference's image. Raising it makes answers less certain; 0 "
        "estimates it from how well poses fit the map's images.",
        unit="px",
        ge=0.0,
        le=1000.0,
        expert=True,
    )
    focal_sigma: float = param(
        0.02,
        "This relative standard deviation of the focal length widens the covariance where key points "
        "cannot measure it. Raising it makes answers less certain; 0 trusts the calibration.",
        ge=0.0,
        le=0.2,
        expert=True,
    )
    map_focal_sigma: float = param(
        0.0,
        "The map may shift a measured focal length by this relative standard deviation. Raising it "
        "refuses fewer answers; 0 estimates it from the errors of the inliers and of the map's poses.",
        ge=0.0,
        le=0.2,
        expert=True,
    )
    max_focal_off: float = param(
        0.04,
        "An answer is refused as camera_mismatch if key points measure a focal length off by more than "
        "this share, and 3 sigma. Raising it tolerates worse calibrations.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    max_sigma: float = param(
        0.12,
        "An answer is refused as uncertain if its position sigma along the worst direction exceeds this share of the "
        "depth of what it sees. Raising it accepts less precise answers.",
        ge=0.0,
        expert=True,
    )
    max_sigma_deg: float = param(
        5.0,
        "An answer is refused as uncertain if its rotation sigma about the worst axis exceeds this. Raising it accepts "
        "less precise answers.",
        unit="deg",
        ge=0.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
