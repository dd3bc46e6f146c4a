"""Parameters of Perspective-n-Learned-Point, written once for its localizer and its calibration."""

from __future__ import annotations

from typing import Any

from reloc.config import param


def references() -> Any:
    """How many candidates."""
    return param(5, "Most similar references that are matched; the paper's 5", ge=1, le=50)


def max_error_px() -> Any:
    """What an inlier is."""
    return param(
        3.0, "Farthest that an inlier is off, in pixels of the network's image; its cells are 4", unit="px", ge=0.1,
        le=100.0,
    )  # fmt: skip


def max_spread() -> Any:
    """Which points are of use."""
    return param(0.5, "Points whose depth the network takes to be farther off, as a share, are left out", ge=0.0)


def min_share() -> Any:
    """The paper's threshold."""
    return param(0.1, "Least share of the matches that agree; the paper's 10 %", ge=0.0, le=1.0)


def min_references() -> Any:
    """Depth of one image may be wrong as a whole."""
    return param(2, "References by which the pose must be the same; the paper's 1", ge=1, le=50)


def max_rival() -> Any:
    """Look-alike places."""
    return param(
        0.8, "Lost if a pose elsewhere has more than this share of the best one's inliers; 1: never", ge=0.0, le=1.0
    )


def min_inliers() -> Any:
    """A share of few says little."""
    return param(20, "Least number of matches that agree", ge=6, le=4096)


def together() -> Any:
    """Depth of one image is less true than its matches."""
    return param(
        True, "Matches with all references that agree refine the pose, as true as each depth is; the paper: no"
    )
