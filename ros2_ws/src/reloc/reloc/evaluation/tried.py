"""One test query of a calibration, with the results of the method and its verification."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from reloc.datatypes import Answer, Float64, Localized, Lost, LostReason, Query
from reloc.engine import Engine
from reloc.geometry.covariance import is_usable, pose_error
from reloc.geometry.pose_tolerance import is_wrong
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration import covariance_scale
from reloc.trust.calibration.evidence import of_answer, of_verification
from reloc.trust.calibration.hiding import same_place
from reloc.trust.calibration.record import CovarianceScale, RecordedOutcome
from reloc.trust.verification.evidence import Evidence


@dataclass(frozen=True, slots=True, eq=False)
class Tried:
    """One query, with the answers of the method and of the verification."""

    answer: Answer  # Lost if either refused
    by_method: bool  # whether the method answered
    evidence: Evidence | None  # the verification's, if it was called
    truth: Float64 | None = None
    reference: int = -1

    def figures(self, scale: CovarianceScale) -> tuple[float, ...]:
        """Return the evidence for the answer, which must exist, with its covariance scaled."""
        assert isinstance(self.answer, Localized)
        answer = covariance_scale.scaled(self.answer, scale)
        return of_answer(answer) if self.evidence is None else of_verification(answer, self.evidence)

    @property
    def is_right(self) -> bool:
        """An answer with its truth."""
        return (
            isinstance(self.answer, Localized)
            and self.truth is not None
            and not is_wrong(self.answer.world_from_cam, self.truth)
        )


@dataclass(slots=True)
class Strange:
    """Queries of one kind that show no place of the map."""

    shown: int = 0
    answered: int = 0
    passed: list[Tried] = field(default_factory=list)

    def count(self, tried: Tried) -> None:
        """Add a query."""
        self.shown += 1
        self.answered += tried.by_method
        if isinstance(tried.answer, Localized):
            self.passed.append(tried)


def ask(engine: Engine, query: Query, truth: Float64 | None = None, reference: int = -1) -> Tried:
    """Call the method, then the verification, if the engine has one."""
    answer = engine.localize(query)
    if isinstance(answer, Localized) and not is_usable(answer.covariance):
        answer = Lost(LostReason.UNCERTAIN, "The covariance is invalid", answer.support, answer.references)
    if isinstance(answer, Lost) or engine.verifier is None:
        return Tried(answer, isinstance(answer, Localized), None, truth, reference)
    return verified(engine, query, answer, truth, reference)


def verified(engine: Engine, query: Query, answer: Localized, truth: Float64 | None, reference: int) -> Tried:
    """Return an answer after the verification, whoever gave it; there must be one."""
    found = engine.verify(query, answer)
    if isinstance(found, Lost):
        return Tried(found, True, None, truth, reference)
    return Tried(found.answer, True, found.evidence, truth, reference)


def _rival(opened: ReferenceMap, one: Tried) -> int:
    """Return the best reference of the best other place: the runner-up's, or the best one's if that is wrong."""
    support, references = one.answer.support, one.answer.references
    second = one.evidence.rival_reference if one.evidence is not None else -1
    second = second if second >= 0 or support is None else support.runner_up
    first = references[0].index if references and not one.is_right else -1
    here = () if one.truth is None else same_place(opened, one.truth)
    others = [index for index in (second, first) if index >= 0 and index not in here]
    return others[0] if others and (second >= 0 or isinstance(one.answer, Localized)) else second


def outcome(opened: ReferenceMap, one: Tried, scale: CovarianceScale) -> RecordedOutcome:
    """Return the record of a query whose pose is known."""
    answer, rival = one.answer, _rival(opened, one)
    if isinstance(answer, Lost) or one.truth is None:
        reason = answer.reason.value if isinstance(answer, Lost) else ""
        return RecordedOutcome(one.reference, "lost", reason, rival=rival)
    error = pose_error(answer.world_from_cam, one.truth)
    return RecordedOutcome(
        one.reference,
        "right" if one.is_right else "wrong",
        error_m=float(np.linalg.norm(error[:3])),
        error_deg=float(np.rad2deg(np.linalg.norm(error[3:]))),
        evidence=one.figures(scale),
        rival=rival,
    )
