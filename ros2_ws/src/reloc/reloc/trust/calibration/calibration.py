"""What a method's answers are worth in one map: how probably they are right, and how far off they may be."""

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
from reloc.trust.calibration.evidence import limited, of_answer, of_verification
from reloc.trust.calibration.record import HIDDEN, STATED, Foreign, Record, RecordedOutcome
from reloc.trust.calibration.store import load
from reloc.trust.verification.evidence import Evidence

# Supposed: for a hundred queries from the map so many show a place that it lacks, as many are no picture of the kind at
# all, and to as many a method that has to be verified gives a wrong answer.
FOREIGN_SHARE = 0.05
_NETWORK = "model"  # the parameter that a method with a network has
# Parameters that change how fast an answer comes, and hardly which.
_HARMLESS = ("backend", "precision")


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """One method in one map."""

    record: Record
    curve: Curve | None  # None: too few answers for one

    @classmethod
    def from_record(cls, record: Record) -> Self:
        """What follows from what was tried."""
        return cls(record, curve_of(record.outcomes, record.foreign))

    @classmethod
    def of(cls, reference_map: ReferenceMap, method: str, config: object | None = None) -> Self | None:
        """The one that the map has for the method; None where there is none, or it is of something else by now.

        Args:
            method: name of the localizer.
            config: its parameters: a calibration is of those that it was made with. Not compared where None.
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
        """Why there is no probability, in words; empty where there is one."""
        if self.curve is not None:
            return ""
        count = len(self.record.answered)
        return f"{count} answers of known pose are too few for probabilities: the gate asks for its usual looks"

    def probability(self, answer: Localized, evidence: Evidence | None = None) -> float | None:
        """Of the (scaled) answer being right, as far as the samples bear it out: 0 to 1, and never 1.

        Args:
            evidence: the verification's, if the answer was verified.

        Returns:
            None where there is no curve, or where the method's answers are to be verified and this one was not.
        """
        if self.curve is None or not is_usable(answer.covariance):
            return None
        if not self.record.verified:
            return self.curve.at(of_answer(answer))
        return None if evidence is None else self.curve.at(of_verification(answer, evidence))

    def scaled(self, answer: Localized) -> Localized:
        """The answer with a covariance that the errors in this map bear out."""
        return covariance_scale.scaled(answer, self.record.scale)


def curve_of(outcomes: Sequence[RecordedOutcome], foreign: Sequence[Foreign]) -> Curve | None:
    """From the answers of known pose, and those to queries from nowhere, which count by :data:`FOREIGN_SHARE`."""
    right = [limited(outcome.evidence) for outcome in outcomes if outcome.result == "right"]
    wrong = [limited(outcome.evidence) for outcome in outcomes if outcome.result == "wrong"]
    if len(right) + len(wrong) == 0:
        return None
    strange, weights = list[tuple[float, ...]](), list[float]()
    elsewhere = [kind for kind in foreign if kind.kind not in (HIDDEN, STATED)]
    for group in (elsewhere, *([kind] for kind in foreign if kind not in elsewhere)):
        evidence = [limited(one) for kind in group for one in kind.evidence]
        weight = FOREIGN_SHARE * len(outcomes) / max(1, sum(kind.shown for kind in group))
        strange += evidence
        weights += [min(weight, 1.0)] * len(evidence)
    return Curve.of(right, [*wrong, *strange], [1.0] * len(wrong) + weights)


def with_probabilities(record: Record) -> Record:
    """The record, each answer with the probability that the curve gives it."""
    curve = curve_of(record.outcomes, record.foreign)
    if curve is None:
        return record
    outcomes = tuple(
        outcome if outcome.result == "lost" else replace(outcome, probability=curve.at(limited(outcome.evidence)))
        for outcome in record.outcomes
    )
    return replace(record, outcomes=outcomes)


def _changed(record: Record, reference_map: ReferenceMap, parameters: Mapping[str, Any] | None) -> str:
    manifest = reference_map.manifest
    if record.map_hash != bare_hash(manifest):
        return "it was made with another map"
    # A method without a network (`features`) answers as before, whatever networks the map got since.
    without = record.parameters and _NETWORK not in record.parameters
    networks, now = ({} if without else record.models), model_hashes(manifest)
    if models := sorted(kind for kind, hash_ in networks.items() if now.get(kind) != hash_):
        return f"the map's model {models[0]} is another one by now"
    differ = [
        f"{name}={value!r}, it was made with {record.parameters[name]!r}"
        for name, value in sorted((parameters or {}).items())
        if name in record.parameters and name not in _HARMLESS and not _same(value, record.parameters[name])
    ]
    return differ[0] if differ else ""


def _same(one: Any, other: Any) -> bool:
    numbers = isinstance(one, float) and isinstance(other, (int, float))
    return bool(np.isclose(one, other)) if numbers else bool(one == other)
