"""The evidence of a verification, and its effect on the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from math import nan

from reloc.datatypes import Candidate, Localized, Lost, LostReason


class Finding(Enum):
    """The verdict of the references."""

    VERIFIED = "verified"
    UNSUPPORTED = "unsupported"  # too few matches agree to rule out chance
    CONTRADICTED = "contradicted"  # independent references put the camera elsewhere
    AMBIGUOUS = "ambiguous"  # another place explains the image equally well


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence for and against one answer."""

    references: tuple[Candidate, ...]  # compared references; similarity is the share of the view that each should see
    independent: bool  # whether the answer was computed from none of these references
    matches: int  # key points of the image that match these references anywhere
    # The number of these matches that lie where the pose predicts. The pose is that of the matches themselves if it
    # agrees with the stated one, otherwise the stated one with its covariance.
    consistent: int
    expected_by_chance: float  # the number expected for an arbitrary pose
    log_false_alarms: float  # log10 of the expected number of arbitrary poses with as much support; below 0 is evidence
    coverage: float  # share of an 8 x 8 grid over the image that holds a consistent match
    planar: bool  # all consistent matches lie on one plane
    inliers: int  # key points explained by the matches' own pose, if it agrees with the answer
    rival: int  # key points explained by the best pose elsewhere
    verdict: Finding
    reason: str  # the verdict as text, with its figures
    log_odds: float = nan  # logarithm of the odds that the matches' own pose is right; NaN if none agrees
    rival_reference: int = -1  # best reference of the best pose elsewhere; -1: none


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """An answer after its verification."""

    answer: Localized | Lost  # the given answer if it is verified, otherwise the reason
    evidence: Evidence
    # The pose by local features of the same references, independent of the method that answered. Only if it is precise
    # enough to be an answer and agrees with the given one. It may be the more precise of the two.
    refined: Localized | None = None
    probability: float | None = None  # probability that the answer is right, 0 to 1, if the map is calibrated for it


def judged(answer: Localized, evidence: Evidence, because: LostReason | None = None) -> Localized | Lost:
    """Return the answer if the evidence supports it, else Lost with the evidence's reason as text.

    Args:
        because: a more specific reason than UNVERIFIED (for example, the image is blank).
    """
    if evidence.verdict is Finding.VERIFIED:
        return answer
    reason = LostReason.AMBIGUOUS if evidence.verdict is Finding.AMBIGUOUS else LostReason.UNVERIFIED
    support = answer.support
    if evidence.rival > support.runner_up_inliers:
        support = replace(support, runner_up_inliers=evidence.rival, runner_up=evidence.rival_reference)
    return Lost(because or reason, evidence.reason, support, answer.references or evidence.references, answer.stage_ms)
