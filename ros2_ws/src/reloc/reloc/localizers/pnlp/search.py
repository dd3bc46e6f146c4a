"""Parameters of the pose search that localizer and calibration share."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """Parameters of the pose search."""

    references: int = param(
        5,
        "This many of the most similar references are matched, 5 in the paper. Raising it finds more "
        "difficult places and costs time.",
        ge=1,
        le=50,
        expert=True,
    )
    max_error_px: float = param(
        3.0,
        "An inlier has at most this reprojection error, in pixels of the network's image, whose cells "
        "are 4 px. Raising it accepts rougher matches.",
        unit="px",
        ge=0.1,
        le=100.0,
        expert=True,
    )
    max_spread: float = param(
        0.5,
        "A point is left out if the network states a greater relative depth error than this. Raising it "
        "keeps more points, and rougher ones.",
        ge=0.0,
        expert=True,
    )
    min_share: float = param(
        0.1,
        "At least this share of the matches must be inliers, 0.1 in the paper. Raising it refuses more answers.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    # A share of few matches is unreliable, so this number is required, too.
    min_inliers: int = param(
        20, "An answer needs at least this many inliers. Raising it refuses more images.", ge=6, le=4096, expert=True
    )
    # The depth of one image may be wrong as a whole, so several references must agree.
    min_references: int = param(
        2,
        "At least this many references must give the same pose, 1 in the paper. Raising it refuses more answers.",
        ge=1,
        le=50,
        expert=True,
    )
    max_rival: float = param(
        0.8,
        "An answer is refused as ambiguous if another pose has more than this share of its inliers. "
        "Raising it accepts more answers; 1 turns the check off.",
        ge=0.0,
        le=1.0,
        expert=True,
    )
    # The depth of one image is less accurate than its matches, so the matches refine the pose.
    together: bool = param(
        True,
        "If true, the matches of all agreeing references refine the pose, weighted by their depth "
        "errors. The paper does not do this.",
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
