"""The leave-one-out result of each reference of a map."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from reloc.datatypes import LostReason
from reloc.evaluation.self_check import SelfCheck
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.record import Record, RecordedOutcome
from reloc.trust.gate_config import GateConfig

# unsure: right, but with a lower probability than the gate requires; wrong: answered with another place.
State = Literal["works", "unsure", "ambiguous", "fails", "wrong", "untried"]
STATES: tuple[State, ...] = ("works", "unsure", "ambiguous", "fails", "wrong", "untried")


@dataclass(frozen=True, slots=True)
class ReferenceFinding:
    """One reference."""

    index: int
    name: str
    state: State
    reason: str = ""  # why it fails, a LostReason's value or text; empty if it was answered
    error_m: float = math.nan
    error_deg: float = math.nan
    probability: float = math.nan  # probability of being right
    rival: int = -1  # best reference of the best other place; -1: none


def from_record(reference_map: ReferenceMap, record: Record) -> tuple[ReferenceFinding, ...]:
    """Return the findings of all references in order; those that were not tested are ``untried``."""
    outcomes = {outcome.reference: outcome for outcome in record.outcomes}
    least = GateConfig().least_probability
    return tuple(
        _finding(index, name, outcomes.get(index), least, len(reference_map))
        for index, name in enumerate(reference_map.names)
    )


def from_self_check(reference_map: ReferenceMap, checks: Sequence[SelfCheck]) -> tuple[ReferenceFinding, ...]:
    """Return the findings of the quick check, which cannot see look-alike places; ``untried`` if there is none."""
    by_name = {check.name: check for check in checks}
    findings = []
    for index, name in enumerate(reference_map.names):
        check = by_name.get(name)
        if check is None:
            findings.append(ReferenceFinding(index, name, "untried"))
            continue
        state: State = "fails" if check.problem else "works"
        degrees = math.degrees(check.rotation_rad)
        findings.append(ReferenceFinding(index, name, state, check.problem, check.translation_m, degrees))
    return tuple(findings)


def _finding(index: int, name: str, outcome: RecordedOutcome | None, least: float, count: int) -> ReferenceFinding:
    if outcome is None:
        return ReferenceFinding(index, name, "untried")
    state: State
    if outcome.result == "lost":
        state = "ambiguous" if outcome.reason == LostReason.AMBIGUOUS.value else "fails"
    elif outcome.result == "wrong":
        state = "wrong"
    else:
        state = "unsure" if outcome.probability < least else "works"  # NaN: no curve, so it works
    rival = outcome.rival if 0 <= outcome.rival < count else -1
    numbers = (outcome.error_m, outcome.error_deg, outcome.probability)
    return ReferenceFinding(index, name, state, outcome.reason, *numbers, rival)
