"""What was tried with one method in one map, and what came of it: the samples that a calibration is made of."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from reloc.errors import MapHashError, MapVersionError

FORMAT = 1
HIDDEN = "hidden place"  # references of which the map does not know the place: see :class:`Foreign`
STATED = "wrong pose"  # wrong answers made on purpose, which the verification was asked about

Result = Literal["right", "wrong", "lost"]


@dataclass(frozen=True, slots=True)
class RecordedOutcome:
    """One view of known pose, localized without the references that show just the same."""

    reference: int  # in the map; -1: a query of a drive of its own
    result: Result  # wrong: off by more than 0.5 m or 10 degrees; lost also where it was not verified
    reason: str = ""  # a LostReason's value; empty where there was an answer
    error_m: float = math.nan  # NaN where lost
    error_deg: float = math.nan
    evidence: tuple[float, ...] = ()  # see :mod:`reloc.trust.calibration.evidence`; empty where lost
    probability: float = math.nan  # of being right, by the curve; NaN where lost, or where there is no curve
    rival: int = -1  # the best reference of the best other place; -1: there is none


@dataclass(frozen=True, slots=True)
class Foreign:
    """Queries of one kind to which every answer is wrong: they show no place of the map, or none that it may use."""

    kind: str
    shown: int
    answered: int  # by the method
    evidence: tuple[tuple[float, ...], ...] = ()  # of those answers that were not refused afterwards: all wrong

    @property
    def passed(self) -> int:
        """How many nobody refused."""
        return len(self.evidence)


@dataclass(frozen=True, slots=True)
class CovarianceScale:
    """Factors on the standard deviations that a method states, and what they rest upon."""

    position: float = 1.0
    rotation: float = 1.0
    answers: int = 0  # right ones that were looked at
    inside_before: float = math.nan  # share of them inside the 95 % ellipsoid, as stated and
    inside_after: float = math.nan  # with the factors


@dataclass(frozen=True, slots=True)
class Record:
    """All that was tried."""

    method: str  # Localizer.name
    map_hash: str  # of the map without models and calibrations
    verified: bool  # whether answers were verified before they counted, and evidence is the verification's
    outcomes: tuple[RecordedOutcome, ...]
    foreign: tuple[Foreign, ...] = ()
    scale: CovarianceScale = field(default_factory=CovarianceScale)
    parameters: Mapping[str, Any] = field(default_factory=dict)  # the localizer's
    models: Mapping[str, str] = field(default_factory=dict)  # hash of each model in the map, by kind
    hide_m: float = 0.0  # references nearer than this, and
    hide_deg: float = 0.0  # turned less than this were left out together

    def count(self, result: Result) -> int:
        """How many outcomes were that."""
        return sum(outcome.result == result for outcome in self.outcomes)

    @property
    def answered(self) -> tuple[RecordedOutcome, ...]:
        """The outcomes that are answers, right or wrong."""
        return tuple(outcome for outcome in self.outcomes if outcome.result != "lost")

    def to_json(self) -> str:
        """As text, NaN as null; :meth:`from_json` reads it back."""
        return json.dumps(_without_nan({"format": FORMAT, **asdict(self)}), sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, where: str) -> Record:
        """Inverse of :meth:`to_json`; ``where`` is named in errors.

        Raises:
            MapVersionError: written by another version of reloc.
            MapHashError: it is no record.
        """
        fix = "Calibrate the map again: reloc map calibrate"
        try:
            values = json.loads(text)
            if (version := int(values.pop("format"))) != FORMAT:
                raise MapVersionError(f"{where} has format {version}; this reloc reads format {FORMAT}", fix)
            outcomes = tuple(_outcome(one) for one in values.pop("outcomes"))
            foreign = tuple(
                Foreign(one["kind"], int(one["shown"]), int(one["answered"]), tuple(map(_floats, one["evidence"])))
                for one in values.pop("foreign")
            )
            scale = CovarianceScale(**{name: _number(value) for name, value in values.pop("scale").items()})
            return cls(outcomes=outcomes, foreign=foreign, scale=scale, **values)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise MapHashError(f"{where} is no calibration ({error!r})", fix) from error


def _outcome(values: Mapping[str, Any]) -> RecordedOutcome:
    numbers = {name: _number(values[name]) for name in ("error_m", "error_deg", "probability")}
    return RecordedOutcome(**{**values, **numbers, "evidence": _floats(values["evidence"])})


def _floats(values: Any) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _number(value: Any) -> Any:
    return math.nan if value is None else value


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _without_nan(one) for name, one in value.items()}
    return [_without_nan(one) for one in value] if isinstance(value, (list, tuple)) else value
