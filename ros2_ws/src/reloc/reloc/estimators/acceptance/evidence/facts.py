"""The facts about a hypothesis from which its probability of being right is computed.

Each is a number without unit: shares, ratios and logarithms, so that it means the same for every image size, focal
length and size of the place. A fact that could not be measured is NaN and says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10, nan

import numpy as np

from reloc.datatypes import Candidate, Float64, LostReason
from reloc.estimators.acceptance.scores import ScoredHypothesis
from reloc.estimators.chance_poses import SAMPLE, log_chance_poses
from reloc.geometry.cameras import Camera
from reloc.geometry.image_grid import coverage, hull_share


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: its name, how it reads, and what an answer is refused for if it speaks most against it."""

    name: str
    words: str  # with {} in place of the value
    for_it: bool  # whether a higher value speaks for the pose
    refusal: LostReason


FACTS = (
    Fact("rarity", "so many matches agree by chance once in 10^{:.0f}", True, LostReason.TOO_FEW_INLIERS),
    Fact("spots", "inliers lie on 10^{:.1f} spots", True, LostReason.TOO_FEW_INLIERS),
    Fact("coverage", "inliers lie in {:.0%} of the image", True, LostReason.TOO_FEW_INLIERS),
    Fact("hull", "they span {:.0%} of it", True, LostReason.TOO_FEW_INLIERS),
    Fact("share", "{:.0%} of the matches agree", True, LostReason.TOO_FEW_INLIERS),
    Fact("spread", "their errors are {:.0%} of the limit", False, LostReason.TOO_FEW_INLIERS),
    Fact("agreement", "{:.0%} of the matching cells agree", True, LostReason.TOO_FEW_INLIERS),
    Fact("presence", "{:.0%} of the predicted view is seen", True, LostReason.TOO_FEW_INLIERS),
    Fact("contested", "{:.0%} of the inliers also match elsewhere", False, LostReason.AMBIGUOUS),
    Fact("twin", "{:.0%} of them exist elsewhere in the same arrangement", False, LostReason.AMBIGUOUS),
    Fact("rival", "another place explains {:.0%} as much", False, LostReason.AMBIGUOUS),
    Fact("rest", "a rival explains {:.0%} as much of what is left", False, LostReason.AMBIGUOUS),
    Fact("split", "a second pose here explains {:.0%} as much of what is left", False, LostReason.AMBIGUOUS),
    Fact("lead", "the view shows {:+.0%} more of this place than of the rival", True, LostReason.AMBIGUOUS),
    Fact("relief", "{:.0%} of the inliers lie off the main plane", True, LostReason.AMBIGUOUS),
    Fact("blur", "the position is known to 10^{:.1f} of the depth", False, LostReason.TOO_FEW_INLIERS),
    Fact("rank", "retrieval ranks the place {:.0f}", False, LostReason.TOO_FEW_INLIERS),
)
_CHANCE = 0.1  # a rival that explains less than this share of the inliers says nothing
_SPOTS = 40  # number of spots along the width of an image; several inliers on one are one observation


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the map says about the landmarks that a hypothesis explains; NaN in a map without landmarks."""

    depth: float = nan  # their median depth in the camera, in the map's unit
    relief: float = nan  # share of them that lie off the plane of most of them
    twin: float = nan  # share of them that also form a pose elsewhere in the map
    same_lens: bool = False  # whether the query's camera and that of the references state the same intrinsics


def rarity(hypothesis: ScoredHypothesis, camera: Camera, places: int) -> float:
    """Return minus log10 of the expected number of chance poses that explain as many key points.

    A-contrario (Desolneux, Moisan, Morel 2008): a key point with m matches fits an unrelated pose with probability m
    times the limit's disc over the image.
    """
    residuals = hypothesis.hypothesis.residuals
    total, fits = residuals.key_points, hypothesis.inliers
    if fits <= SAMPLE:
        return 0.0
    disc = np.pi * residuals.limit_px**2 / (camera.width * camera.height)
    chance = min(1.0, disc * len(residuals.keypoint) / total)
    return max(0.0, -log_chance_poses(fits, total, chance, places, -1000.0))


def facts_of(
    best: ScoredHypothesis,
    rivals: Sequence[ScoredHypothesis],
    beside: Sequence[ScoredHypothesis],
    camera: Camera,
    candidates: Sequence[Candidate],
    places: int,
    *,
    surroundings: Surroundings,
) -> dict[str, float]:
    """Measure all facts about the best hypothesis.

    Args:
        rivals: hypotheses of other places.
        beside: other hypotheses of the same place. An image of shuffled pieces has them, and so has moved furniture.
        candidates: what retrieval proposed, best first.
        places: the number of places that a pose could be in: the map's references.
        surroundings: what the map says about the landmarks that the hypothesis explains.
    """
    explained, depth = best.hypothesis.explained, surroundings.depth
    residuals = best.hypothesis.residuals
    known = len(explained.landmark) > 0
    strong = [other for other in rivals if other.inliers > _CHANCE * best.inliers]
    sides = np.array([camera.width, camera.height]) / (_SPOTS, _SPOTS * camera.height / camera.width)
    sigma = float(np.sqrt(np.linalg.eigvalsh(best.covariance[:3, :3])[-1])) if _is_finite(best.covariance) else nan
    ranks = [c.index for c in candidates]
    used = best.references[0].index if best.references else -1
    return {
        "rarity": log10(1.0 + rarity(best, camera, places)),
        "spots": log10(max(1, len(np.unique(np.floor(explained.uv / sides), axis=0)))),
        "coverage": coverage(explained.uv, camera),
        "hull": hull_share(explained.uv, camera),
        "share": best.inliers / max(1, residuals.key_points),
        "spread": explained.median_px / residuals.limit_px,
        "agreement": best.agreement,
        "presence": best.presence if known else nan,
        "contested": best.contested if known else nan,
        "twin": surroundings.twin,
        "rival": max((other.inliers / best.inliers for other in strong), default=0.0),
        "rest": max((_left(best, other) for other in strong), default=0.0),
        "split": max((_left(best, other) for other in beside), default=0.0),
        "lead": min((best.presence - other.presence for other in strong), default=1.0) if known else nan,
        "relief": surroundings.relief,
        "blur": log10(sigma / depth) if sigma > 0 and depth > 0 else nan,
        "rank": float(ranks.index(used)) if used in ranks else nan,
    }


def _left(best: ScoredHypothesis, other: ScoredHypothesis) -> float:
    """Return how many key points the other explains beyond those of the best, relative to these."""
    left = np.setdiff1d(other.hypothesis.explained.keypoint, best.hypothesis.explained.keypoint)
    return len(left) / best.inliers


def _is_finite(covariance: Float64) -> bool:
    return bool(np.isfinite(covariance).all())
