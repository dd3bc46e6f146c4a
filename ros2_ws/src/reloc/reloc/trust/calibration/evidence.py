"""The few figures that support an answer; a higher figure never makes it less credible."""

from __future__ import annotations

from math import log10

from reloc.datatypes import Localized
from reloc.geometry.covariance import sigmas
from reloc.trust.verification.evidence import Evidence

# The order in every tuple of evidence.
OF_ANSWER = ("inliers", "coverage", "lead over the runner-up", "sharpness")
OF_VERIFICATION = ("rarity by chance", *OF_ANSWER)

# References that the answer was fitted to count less: the verification requires 10^-30 for them instead of 10^-4.
_REPEATED = 4.0 / 30.0
# Evidence as rare as this never happens by chance. Another hundred orders of magnitude only count key points, which are
# a figure of their own. A right answer of 10^-200 is as good as the usual one of 10^-290.
RAREST = 30.0
_SHARPEST_M, _BLUNTEST_M = 1e-6, 1e6


def of_answer(answer: Localized) -> tuple[float, ...]:
    """Return the evidence of an unverified answer; :data:`OF_ANSWER` names the figures. Its covariance is usable."""
    support = answer.support
    return _figures(support.inliers, support.coverage, support.runner_up_inliers, answer)


def of_verification(answer: Localized, evidence: Evidence) -> tuple[float, ...]:
    """Return the evidence of a verified answer; :data:`OF_VERIFICATION` names the figures."""
    rarity = -evidence.log_false_alarms * (1.0 if evidence.independent else _REPEATED)
    return min(rarity, RAREST), *_figures(evidence.inliers, evidence.coverage, evidence.rival, answer)


def limited(evidence: tuple[float, ...]) -> tuple[float, ...]:
    """Return evidence from a record of a verification; in older records the rarity had no limit."""
    if len(evidence) != len(OF_VERIFICATION):
        return evidence
    return min(evidence[0], RAREST), *evidence[1:]


def _figures(inliers: int, coverage: float, rival: int, answer: Localized) -> tuple[float, ...]:
    lead = 1.0 - rival / max(inliers, 1)
    sharpness = -log10(min(max(sigmas(answer.covariance)[0], _SHARPEST_M), _BLUNTEST_M))
    return float(inliers), float(coverage), lead, sharpness
