"""Thresholds that an answer must pass, and the smallest uncertainty that it may state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.config import param, validate
from reloc.datatypes import Float64
from reloc.geometry.image_grid import GRID


@dataclass(frozen=True, slots=True)
class AcceptanceConfig:
    """Thresholds that an answer must pass."""

    min_inliers: int = param(
        20,
        "An answer needs at least this many inliers, the key points that its pose explains. Raising it "
        "refuses more images; maps with rough poses raise it automatically.",
        ge=6,
        le=1000,
        expert=True,
    )
    min_coverage: float = param(
        0.06,
        "The inliers must cover at least this share of an 8 x 8 grid over the image. Raising it refuses "
        "more answers; 0 turns the check off.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    # Of 330 right answers in six places 3 lie on one plane. Wrong answers in front of moved furniture often do.
    min_planar_coverage: float = param(
        0.9,
        "Inliers on a single plane are ambiguous if they cover less of the image grid than this share. "
        "Raising it refuses more answers; 0 turns the check off.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    min_agreement: float = param(
        0.5,
        "At least this share of the image cells with distinctive matches must agree with the pose. "
        "Raising it refuses more changed scenes; 0 turns the check off.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    min_presence: float = param(
        0.3,
        "At least this share of the image cells where the pose predicts landmarks must show some. "
        "Raising it refuses more partial views; 0 turns the check off.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    # Of 365 right answers in five places this refuses 6, and all answers given by a moved bookcase.
    min_compact_presence: float = param(
        0.65,
        "If the inliers span under 30 % of the image, this limit replaces a lower min_presence. Raising "
        "it rejects more moved furniture; 0 turns it off.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    min_share: float = param(
        0.07,
        "At least this share of the matches must be inliers. Raising it refuses more answers that other "
        "matches contradict; 0 turns the check off.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    max_contested: float = param(
        0.5,
        "An answer is ambiguous if more than this share of its inliers also match a landmark elsewhere. "
        "Raising it accepts more repeated patterns; 1 turns the check off.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    max_twin: float = param(
        0.1,
        "An answer is ambiguous if more than this share of its inliers also fits another place of the "
        "map. Raising it accepts more look-alikes; 1 turns the check off.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    # For right answers in look-alike rooms a rival explains up to 0.18 of that number more; in Red Kitchen none does.
    max_rest: float = param(
        0.2,
        "An answer is ambiguous if a second pose explains this many of the leftover matches, relative to "
        "the inliers. Raising it accepts more answers.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    max_rival: float = param(
        0.7,
        "An answer is ambiguous if another place explains more than this share of its number of inliers. "
        "Raising it accepts more answers.",
        ge=0.0,
        le=1.0,
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
    map_sigma_m: float = param(
        0.0,
        "This standard deviation of the map's positions widens every covariance. Raising it makes "
        "answers less certain; 0 estimates it from how well poses fit the map's images.",
        unit="m",
        ge=0.0,
        expert=True,
    )
    map_sigma_deg: float = param(
        0.0,
        "This standard deviation of the map's orientations widens every covariance. Raising it makes "
        "answers less certain; 0 estimates it from how well poses fit the map's images.",
        unit="deg",
        ge=0.0,
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
        "refuses fewer answers; 0 estimates it from how well poses fit the map's images.",
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
    max_sigma_m: float = param(
        0.25,
        "An answer is refused as uncertain if its position sigma along the worst direction exceeds this. "
        "Raising it accepts less precise answers.",
        unit="m",
        ge=0.0,
        expert=True,
    )
    max_sigma_deg: float = param(
        5.0,
        "An answer is refused as uncertain if its rotation sigma about the worst axis exceeds this. "
        "Raising it accepts less precise answers.",
        unit="deg",
        ge=0.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


def honest(covariance: Float64, inliers: int, covered: float, config: AcceptanceConfig) -> Float64:
    """Return a covariance (6, 6) that also covers what a least-squares fit does not know.

    The fit's formula takes all inliers as independent. But neighbors share landmarks, blur and calibration, so each
    cell of the coverage grid counts as one. The result is never below the uncertainty of the map's own poses.
    """
    floor = np.repeat([config.map_sigma_m, np.deg2rad(config.map_sigma_deg)], 3) ** 2
    return np.asarray(covariance * dependence(inliers, covered) + np.diag(floor))


def dependence(inliers: int, covered: float) -> float:
    """Return the factor by which the variance exceeds that of independent inliers."""
    return max(1.0, inliers / max(1.0, covered * GRID**2))
