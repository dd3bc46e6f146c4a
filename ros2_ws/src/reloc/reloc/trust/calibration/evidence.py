"""The figures that speak for an answer, few, and each such that more of it never makes an answer less believable."""

from __future__ import annotations

from math import log10

from reloc.datatypes import Localized
from reloc.geometry.covariance import sigmas
from reloc.trust.verification.evidence import Evidence

# In this order in every tuple of evidence.
OF_ANSWER = ("inliers", "coverage", "lead over the runner-up", "sharpness")
OF_VERIFICATION = ("rarity by chance", *OF_ANSWER)

# References that the answer was made to fit say less: the verification asks for 10^-30 there where it asks for 10^-4.
_REPEATED = 4.0 / 30.0
_SHARPEST_M, _BLUNTEST_M = 1e-6, 1e6


def of_answer(answer: Localized) -> tuple[float, ...]:
    """Of an answer that nobody else looked at; :data:`OF_ANSWER` names them. Its covariance is usable."""
    support = answer.support
    return _figures(support.inliers, support.coverage, support.runner_up_inliers, answer)


def of_verification(answer: Localized, evidence: Evidence) -> tuple[float, ...]:
    """Of an answer that the map's images were asked about; :data:`OF_VERIFICATION` names them."""
    rarity = -evidence.log_false_alarms * (1.0 if evidence.independent else _REPEATED)
    return rarity, *_figures(evidence.inliers, evidence.coverage, evidence.rival, answer)


def _figures(inliers: int, coverage: float, rival: int, answer: Localized) -> tuple[float, ...]:
    lead = 1.0 - rival / max(inliers, 1)
    sharpness = -log10(min(max(sigmas(answer.covariance)[0], _SHARPEST_M), _BLUNTEST_M))
    return float(inliers), float(coverage), lead, sharpness
