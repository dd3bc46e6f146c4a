"""Correct a method's answers in one map: the probability that they are right, and the scale of their errors."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np

from reloc.config import to_mapping
from reloc.datatypes import Localized
from reloc.errors import MapError
from reloc.geometry.covariance import is_usable
from reloc.maps.attachments import bare_hash, model_hashes
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration import covariance_scale
from reloc.trust.calibration.curve import Curve
from reloc.trust.calibration.evidence import of_answer, of_verification
from reloc.trust.calibration.record import HIDDEN, STATED, Foreign, Record, RecordedOutcome
from reloc.trust.calibration.store import load
from reloc.trust.verification.evidence import Evidence

# Assumptions: for every hundred queries from the map, this many show a place that the map lacks. The same number are
# images of another kind. For the same number, a method that must be verified gives a wrong answer.
FOREIGN_SHARE = 0.05
_NETWORK = "model"  # parameter of methods with a network
# Parameters that change how fast an answer comes, but hardly the answer.
_HARMLESS = ("backend", "precision")


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """The calibration of one method in one map."""

    record: Record
    curve: Curve | None  # None: too few answers for a curve

    @classmethod
    def from_record(cls, record: Record) -> Self:
        """Make the calibration from a record."""
        return cls(record, curve_of(record.outcomes, record.foreign))

    @classmethod
    def of(cls, reference_map: ReferenceMap, method: str, config: object | None = None) -> Self | None:
        """Return the map's calibration for the method; None if there is none, or if it is outdated.

        Args:
            method: name of the localizer.
            config: its parameters, which must equal those of the calibration. Not compared if None.
        """
        try:
            record = load(reference_map, method)
        except MapError as error:
            logging.getLogger(__name__).warning("Not calibrated: %s", error)
            return None
        if record is None:
            return None
        if changed := _changed(record, reference_map, to_mapping(config) if config is not None else None):
            logging.getLogger(__name__).warning(
                "The calibration of %s is not used: %s; calibrate again: reloc map calibrate %s --localizer %s",
                method, changed, reference_map.path, method,
            )  # fmt: skip
            return None
        return cls.from_record(record)

    @property
    def problem(self) -> str:
        """Return why there is no probability; empty if there is one."""
        if self.curve is not None:
            return ""
        count = len(self.record.answered)
        return (
            f"only {count} answers of known pose, too few for probabilities: the gate requires its default number "
            "of looks"
        )

    def probability(self, answer: Localized, evidence: Evidence | None = None) -> float | None:
        """Return the probability (0 to below 1) that the (scaled) answer is right, as far as the samples support it.

        Args:
            evidence: the verification's, if the answer was verified.

        Returns:
            None if there is no curve, or if the method's answers must be verified and this one was not.
        """
        if self.curve is None or not is_usable(answer.covariance):
            return None
        if not self.record.verified:
            return self.curve.at(of_answer(answer))
        return None if evidence is None else self.curve.at(of_verification(answer, evidence))

    def scaled(self, answer: Localized) -> Localized:
        """Return the answer with its covariance scaled to the errors measured in this map."""
        return covariance_scale.scaled(answer, self.record.scale)


def curve_of(outcomes: Sequence[RecordedOutcome], foreign: Sequence[Foreign]) -> Curve | None:
    """Fit the curve to the answers of known pose, and to those to foreign queries with weight :data:`FOREIGN_SHARE`."""
    right = [outcome.evidence for outcome in outcomes if outcome.result == "right"]
    wrong = [outcome.evidence for outcome in outcomes if outcome.result == "wrong"]
    if len(right) + len(wrong) == 0:
        return None
    strange, weights = list[tuple[float, ...]](), list[float]()
    elsewhere = [kind for kind in foreign if kind.kind not in (HIDDEN, STATED)]
    for group in (elsewhere, *([kind] for kind in foreign if kind not in elsewhere)):
        evidence = [one for kind in group for one in kind.evidence]
        weight = FOREIGN_SHARE * len(outcomes) / max(1, sum(kind.shown for kind in group))
        strange += evidence
        weights += [min(weight, 1.0)] * len(evidence)
    return Curve.of(right, [*wrong, *strange], [1.0] * len(wrong) + weights)


def with_probabilities(record: Record) -> Record:
    """Return the record, each answer with the probability from the curve."""
    curve = curve_of(record.outcomes, record.foreign)
    if curve is None:
        return record
    outcomes = tuple(
        outcome if outcome.result == "lost" else replace(outcome, probability=curve.at(outcome.evidence))
        for outcome in record.outcomes
    )
    return replace(record, outcomes=outcomes)


def _changed(record: Record, reference_map: ReferenceMap, parameters: Mapping[str, Any] | None) -> str:
    manifest = reference_map.manifest
    if record.map_hash != bare_hash(manifest):
        return "it was made with another map"
    # A method without a network (`features`) answers as before, also if the map got networks since.
    without = record.parameters and _NETWORK not in record.parameters
    networks, now = ({} if without else record.models), model_hashes(manifest)
    if models := sorted(kind for kind, hash_ in networks.items() if now.get(kind) != hash_):
        return f"the map now has another model {models[0]}"
    differ = [
        f"{name}={value!r}, but it was made with {record.parameters[name]!r}"
        for name, value in sorted((parameters or {}).items())
        if name in record.parameters and name not in _HARMLESS and not _same(value, record.parameters[name])
    ]
    return differ[0] if differ else ""


def _same(one: Any, other: Any) -> bool:
    numbers = isinstance(one, float) and isinstance(other, (int, float))
    return bool(np.isclose(one, other)) if numbers else bool(one == other)
