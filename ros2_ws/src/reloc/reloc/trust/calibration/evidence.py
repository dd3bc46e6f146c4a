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
# What is as rare never happens by chance. A hundred orders of magnitude more say nothing: they tell how many key points
# there are, which is a figure of its own, and a right answer of 10^-200 is no worse than the usual one of 10^-290.
RAREST = 30.0
_SHARPEST_M, _BLUNTEST_M = 1e-6, 1e6


def of_answer(answer: Localized) -> tuple[float, ...]:
    """Of an answer that nobody else looked at; :data:`OF_ANSWER` names them. Its covariance is usable."""
    support = answer.support
    return _figures(support.inliers, support.coverage, support.runner_up_inliers, answer)


def of_verification(answer: Localized, evidence: Evidence) -> tuple[float, ...]:
    """Of an answer that the map's images were asked about; :data:`OF_VERIFICATION` names them."""
    rarity = -evidence.log_false_alarms * (1.0 if evidence.independent else _REPEATED)
    return min(rarity, RAREST), *_figures(evidence.inliers, evidence.coverage, evidence.rival, answer)


def limited(evidence: tuple[float, ...]) -> tuple[float, ...]:
    """Evidence out of a record: of a verification, in older ones, its rarity had no limit."""
    if len(evidence) != len(OF_VERIFICATION):
        return evidence
    return min(evidence[0], RAREST), *evidence[1:]


def _figures(inliers: int, coverage: float, rival: int, answer: Localized) -> tuple[float, ...]:
    lead = 1.0 - rival / max(inliers, 1)
    sharpness = -log10(min(max(sigmas(answer.covariance)[0], _SHARPEST_M), _BLUNTEST_M))
    return float(inliers), float(coverage), lead, sharpness
