"""What the verification found, and what becomes of the answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from reloc.datatypes import Candidate, Localized, Lost, LostReason


class Finding(Enum):
    """What the references say of an answer."""

    VERIFIED = "verified"
    UNSUPPORTED = "unsupported"  # too little agrees with it to rule out chance
    CONTRADICTED = "contradicted"  # what they see puts the camera elsewhere
    AMBIGUOUS = "ambiguous"  # another place explains the image as well


@dataclass(frozen=True, slots=True)
class Evidence:
    """For and against one answer."""

    references: tuple[Candidate, ...]  # compared with; similarity is the share of the view that each should see
    independent: bool  # none of them is one that the answer was computed from
    matches: int  # key points of the image that match any of them, wherever the pose is
    # Of these, how many lie where the pose says that the matches themselves make, where that agrees with the stated
    # one; else where the stated one says, by its covariance.
    consistent: int
    expected_by_chance: float  # how many would, were the pose made up
    log_false_alarms: float  # log10 of how many made-up poses would be found as well borne out; below 0 is evidence
    coverage: float  # share of an 8 x 8 grid over the image that holds a consistent match
    planar: bool  # all that is consistent lies on one plane
    inliers: int  # key points explained by the pose that the matches themselves make, where it agrees with the answer
    rival: int  # key points explained by the best pose elsewhere
    verdict: Finding
    reason: str  # the verdict in words, with its figures
    agreement: float = 1.0  # of what the image surely shows of the references, the share that lies where it should
    presence: float = 1.0  # of the image in which something of the references must be, the share that shows it
    rival_reference: int = -1  # the best reference of that best pose elsewhere; -1: there is none


@dataclass(frozen=True, slots=True, eq=False)
class Verified:
    """An answer after its verification."""

    answer: Localized | Lost  # the given answer if it is verified, else why it is not
    evidence: Evidence
    # The pose by local features of the same references, independent of the method that answered. Only where it is
    # sure enough to be an answer of its own, and agrees with the given one: it may be the sharper of the two.
    refined: Localized | None = None
    probability: float | None = None  # of the answer being right, 0 to 1, where the map was calibrated for that


def judged(answer: Localized, evidence: Evidence, because: LostReason | None = None) -> Localized | Lost:
    """The answer if the evidence is for it; else Lost, with the evidence's reason in words.

    Args:
        because: a reason that says more than that it is not verified (the image is blank, say).
    """
    if evidence.verdict is Finding.VERIFIED:
        return answer
    reason = LostReason.AMBIGUOUS if evidence.verdict is Finding.AMBIGUOUS else LostReason.UNVERIFIED
    support = answer.support
    if evidence.rival > support.runner_up_inliers:
        support = replace(support, runner_up_inliers=evidence.rival, runner_up=evidence.rival_reference)
    return Lost(because or reason, evidence.reason, support, answer.references or evidence.references, answer.stage_ms)
