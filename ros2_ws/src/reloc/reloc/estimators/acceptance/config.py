"""What an answer needs to be given at all, and how sure of itself it may be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.config import param, validate
from reloc.datatypes import Float64
from reloc.geometry.image_grid import GRID


@dataclass(frozen=True, slots=True)
class AcceptanceConfig:
    """What an answer needs to be given at all."""

    min_inliers: int = param(20, "Key points that the pose must explain; more in maps with rough poses", ge=6, le=1000)
    min_coverage: float = param(0.06, "Share of an 8 x 8 grid over the image that they must touch", ge=0.0, le=1.0)
    # Of 330 right answers in six places 3 lie on one plane; wrong ones before furniture that was moved often do.
    min_planar_coverage: float = param(
        0.9, "The same where all of them lie on one plane, else lost as ambiguous: a wardrobe that was moved, a poster"
        " that hangs elsewhere; 0 for a camera that looks at the floor or the ceiling", ge=0.0, le=1.0,
    )  # fmt: skip
    min_agreement: float = param(
        0.5,
        "Lost where of the cells of that grid that surely show something of the map fewer show it where it should be",
        ge=0.0,
        le=1.0,
    )
    min_presence: float = param(
        0.3,
        "Lost where of the cells of that grid in which the pose says that something of the map must be, fewer show it",
        ge=0.0,
        le=1.0,
    )
    # Of 365 right answers in five places this refuses 6, and all that a bookcase made that was moved.
    min_compact_presence: float = param(
        0.65, "The same where they all lie within three tenths of the image: one piece of furniture, which may have"
        " been moved", ge=0.0, le=1.0,
    )  # fmt: skip
    min_share: float = param(
        0.07, "Lost where a smaller share of the matches agrees: they speak of another arrangement", ge=0.0, le=1.0
    )
    max_contested: float = param(
        0.5, "Lost as ambiguous where a larger share of them look like something elsewhere in the map, too: a pattern "
        "that repeats", ge=0.0, le=1.0,
    )  # fmt: skip
    max_twin: float = param(
        0.1, "Lost as ambiguous where a larger share of them is seen, in the same arrangement, elsewhere in the map: "
        "two walls with one wallpaper; 1: never asked", ge=0.0, le=1.0,
    )  # fmt: skip
    # Beside right answers a look-alike room explains up to 0.18 of that number more, in Red Kitchen nothing does.
    max_rest: float = param(
        0.2, "Lost as ambiguous where another place explains this share of their number more, none of them among them: "
        "something was moved", ge=0.0, le=1.0,
    )  # fmt: skip
    max_rival: float = param(
        0.7, "Lost as ambiguous where another place explains more than this share of them", ge=0.0, le=1.0
    )
    same_place_m: float = param(0.5, "Answers nearer than this, and", unit="m", ge=0.0, le=10.0)
    same_place_deg: float = param(15.0, "turned less than this, are one place", unit="deg", ge=0.0, le=180.0)
    map_sigma_m: float = param(
        0.0, "How well the map's positions are known; 0: told by how well they fit its images", unit="m", ge=0.0
    )
    map_sigma_deg: float = param(0.0, "How well the map's orientations are known; 0: likewise", unit="deg", ge=0.0)
    focal_sigma: float = param(
        0.02, "How well focal lengths are known, as a share; counts where the key points cannot tell", ge=0.0, le=0.2
    )
    map_focal_sigma: float = param(
        0.0, "How far the map's faults put a focal length off, as a share; 0: likewise", ge=0.0, le=0.2
    )
    max_focal_off: float = param(
        0.04, "Lost as camera_mismatch where key points say that it is off by more, by at least 3 sigma", ge=0.0, le=1.0
    )
    max_sigma_m: float = param(0.25, "Lost as uncertain above this, in the worst direction", unit="m", ge=0.0)
    max_sigma_deg: float = param(5.0, "Lost as uncertain above this, about the worst axis", unit="deg", ge=0.0)

    def __post_init__(self) -> None:
        validate(self)


def honest(covariance: Float64, inliers: int, covered: float, config: AcceptanceConfig) -> Float64:
    """A covariance (6, 6) that allows for what a least-squares fit does not know.

    Its formula takes every inlier as independent; but neighbours share landmarks, blur and calibration,
    so each cell of the coverage grid counts as one. And no answer is surer than the map's own poses.
    """
    floor = np.repeat([config.map_sigma_m, np.deg2rad(config.map_sigma_deg)], 3) ** 2
    return np.asarray(covariance * dependence(inliers, covered) + np.diag(floor))


def dependence(inliers: int, covered: float) -> float:
    """By how much a variance is greater than that of independent inliers."""
    return max(1.0, inliers / max(1.0, covered * GRID**2))
