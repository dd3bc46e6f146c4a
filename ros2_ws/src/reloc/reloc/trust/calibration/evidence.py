"""The few figures that support an answer; a higher figure never makes it less credible."""

from __future__ import annotations

from math import isfinite, log10

from reloc.datatypes import Localized
from reloc.geometry.covariance import sigmas
from reloc.trust.verification.evidence import Evidence

# The order in every tuple of figures. Methods that do not weigh evidence themselves have log-odds only if verified.
LEAD = "lead over the runner-up"
FIGURES = ("log-odds", LEAD, "sharpness")
_SHARPEST_M, _BLUNTEST_M = 1e-6, 1e6


def of_answer(answer: Localized) -> tuple[float, ...]:
    """Return the figures of an unverified answer; :data:`FIGURES` names them. Its covariance is usable."""
    support = answer.support
    return _figures(support.log_odds, support.inliers, support.runner_up_inliers, answer)


def of_verification(answer: Localized, evidence: Evidence) -> tuple[float, ...]:
    """Return the figures of a verified answer; :data:`FIGURES` names them."""
    return _figures(evidence.log_odds, evidence.inliers, evidence.rival, answer)


def _figures(log_odds: float, inliers: int, rival: int, answer: Localized) -> tuple[float, ...]:
    sharpness = -log10(min(max(sigmas(answer.covariance)[0], _SHARPEST_M), _BLUNTEST_M))
    return log_odds if isfinite(log_odds) else 0.0, 1.0 - rival / max(inliers, 1), sharpness
