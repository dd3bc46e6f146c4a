"""Check one answer by itself, before the gate compares it with other looks and with odometry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from reloc.datatypes import Answer, Localized, Lost, LostReason
from reloc.geometry.covariance import above, is_usable
from reloc.trust.gate_config import GateConfig
from reloc.trust.odometry import is_pose
from reloc.trust.verification.evidence import Verified

Verify = Callable[[Localized], Verified | Lost]


@dataclass(frozen=True, slots=True, eq=False)
class PreciseAnswer:
    """A precise answer in place of an imprecise one."""

    answer: Localized
    probability: float | None  # probability that it is right, 0 to 1; None if unknown


def invalid(answer: Answer) -> Lost | None:
    """Return why an answer is Lost, or is not a finite pose with a usable covariance; None if it is valid."""
    if not isinstance(answer, Localized):
        return answer
    if not is_pose(answer.world_from_cam):
        return Lost(LostReason.NOT_FINITE, "The pose is not a rigid transform")
    if not is_usable(answer.covariance):
        return Lost(LostReason.UNCERTAIN, "The covariance is not finite, or not positive definite")
    return None


def doubtful(probability: float | None, config: GateConfig) -> Lost | None:
    """Return why an answer's probability is too low or invalid; None if it is not, or if it is unknown."""
    least = config.least_probability
    if probability is None or least <= probability <= 1.0:
        return None
    return Lost(
        LostReason.UNCERTAIN, f"The probability of being right is {probability:.3g}; at least {least:g} required"
    )


def imprecise(answer: Localized, config: GateConfig) -> Lost | None:
    """Return why an answer's covariance is too large; None if it is small enough."""
    detail = above(answer.covariance, config.max_sigma_m, config.max_sigma_deg)
    return None if detail is None else Lost(LostReason.UNCERTAIN, detail)


def sharpened(answer: Localized, unsure: Lost, verify: Verify | None) -> PreciseAnswer | Lost:
    """Return the pose by local features that agrees with an imprecise answer, or why there is none.

    Args:
        answer: the imprecise answer.
        unsure: the reason why it is imprecise.
        verify: verifies the answer; None without verification.
    """
    if verify is None:
        return unsure
    checked = verify(answer)
    if isinstance(checked, Lost):
        return checked
    if isinstance(checked.answer, Lost):
        return checked.answer
    return unsure if checked.refined is None else PreciseAnswer(checked.refined, checked.probability)
