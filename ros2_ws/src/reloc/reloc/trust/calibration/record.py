"""The tests of one method in one map and their results: the samples of a calibration."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from reloc.errors import MapHashError, MapVersionError
from reloc.parsing import json_file
from reloc.parsing.blame import Blame, shown
from reloc.parsing.json_file import Count, Whole
from reloc.parsing.numbers import as_whole
from reloc.trust.calibration.evidence import FIGURES

FORMAT = 2
HIDDEN = "hidden place"  # images of places that the map does not hold: see :class:`Foreign`
STATED = "wrong pose"  # deliberately wrong answers, on which the verification was tested

Result = Literal["right", "wrong", "lost"]


@dataclass(frozen=True, slots=True)
class RecordedOutcome:
    """One view of known pose, localized without the references that show the same."""

    reference: Whole  # in the map; -1: a query from a separate drive
    result: Result  # wrong: off by more than 0.5 m or 10 degrees; lost: also if not verified
    reason: str = ""  # a LostReason's value; empty if there was an answer
    error_m: float = math.nan  # NaN if lost
    error_deg: float = math.nan
    evidence: tuple[float, ...] = ()  # see :mod:`reloc.trust.calibration.evidence`; empty if lost
    probability: float = math.nan  # probability of being right, by the curve; NaN if lost or without a curve
    rival: Whole = -1  # best reference of the best other place; -1: none


@dataclass(frozen=True, slots=True)
class Foreign:
    """Queries of one kind whose place is not in the map, or is left out, so that every answer is wrong."""

    kind: str
    shown: Count
    answered: Count  # number of queries that the method answered
    evidence: tuple[tuple[float, ...], ...] = ()  # evidence of the answers that were not refused afterwards, all wrong

    @property
    def passed(self) -> int:
        """Number of answers that were not refused."""
        return len(self.evidence)


@dataclass(frozen=True, slots=True)
class CovarianceScale:
    """Factors on a method's stated standard deviations, and their basis."""

    position: float = 1.0
    rotation: float = 1.0
    answers: Count = 0  # right answers used
    inside_before: float = math.nan  # share of these answers inside the stated 95 % ellipsoid
    inside_after: float = math.nan  # the same with the factors


@dataclass(frozen=True, slots=True)
class Record:
    """All tests."""

    method: str  # Localizer.name
    map_hash: str  # hash of the map without models and calibrations
    verified: bool  # whether answers had to be verified; then the evidence is the verification's
    outcomes: tuple[RecordedOutcome, ...]
    foreign: tuple[Foreign, ...] = ()
    scale: CovarianceScale = field(default_factory=CovarianceScale)
    parameters: Mapping[str, Any] = field(default_factory=dict)  # parameters of the localizer
    models: Mapping[str, str] = field(default_factory=dict)  # hash of each model in the map, by kind
    hide_m: float = 0.0  # references nearer than this, and turned by less than hide_deg, were left out together
    hide_deg: float = 0.0  # see hide_m

    def count(self, result: Result) -> int:
        """Return the number of outcomes with that result."""
        return sum(outcome.result == result for outcome in self.outcomes)

    @property
    def answered(self) -> tuple[RecordedOutcome, ...]:
        """Return the outcomes that are answers, right or wrong."""
        return tuple(outcome for outcome in self.outcomes if outcome.result != "lost")

    def to_json(self) -> str:
        """Return the record as text, NaN as null; :meth:`from_json` reads it back."""
        return json.dumps(_without_nan({"format": FORMAT, **asdict(self)}), sort_keys=True, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str | bytes, where: str) -> Record:
        """Read the text of :meth:`to_json`; ``where`` is named in errors.

        Raises:
            MapVersionError: another version of reloc wrote it.
            MapHashError: it is not a record.
        """
        blame = Blame(
            where, MapHashError, "Calibrate the map again: reloc map calibrate", verdict="is not a calibration"
        )
        values = json_file.parse_any(text, blame)
        version = as_whole(json_file.field(values, "format", blame), blame.at("format"))
        if version != FORMAT:
            raise MapVersionError(f"{where} has format {version}; this reloc reads format {FORMAT}", blame.fix)
        record = json_file.convert(_with_nan(values, blame), cls, blame)
        record._check(blame)
        return record

    def _check(self, blame: Blame) -> None:
        """Check what the types cannot express: evidence of one length, and valid factors."""
        evidence = [(f"outcome {i}", one.evidence) for i, one in enumerate(self.outcomes) if one.evidence]
        evidence += [(f"foreign {kind.kind!r}", one) for kind in self.foreign for one in kind.evidence]
        length = len(FIGURES)
        for where, figures in evidence:
            if len(figures) != length or not all(map(math.isfinite, figures)):
                raise blame.at(where).refuse(f"has the evidence {shown(figures)}; {length} finite numbers are expected")
        for index, outcome in enumerate(self.outcomes):
            if outcome.result != "lost" and not outcome.evidence:
                raise blame.at(f"outcome {index}").refuse(f"is {outcome.result}, but has no evidence")
        for name, factor in (("position", self.scale.position), ("rotation", self.scale.rotation)):
            if not (math.isfinite(factor) and factor > 0):
                raise blame.at(f"scale.{name}").refuse(f"is {factor}; a number above 0 is expected")


_MAY_BE_NAN = ("error_m", "error_deg", "probability")
_SCALE_MAY_BE_NAN = ("inside_before", "inside_after")


def _with_nan(values: dict[str, Any], blame: Blame) -> dict[str, Any]:
    """Turn null from JSON into NaN, in place."""
    outcomes = json_file.field(values, "outcomes", blame)
    for index, outcome in enumerate(outcomes if isinstance(outcomes, list) else ()):
        for name in _MAY_BE_NAN:
            if json_file.field(outcome, name, blame.at(f"outcome {index}")) is None:
                outcome[name] = math.nan
    scale = json_file.field(values, "scale", blame)
    if isinstance(scale, dict):
        scale.update({name: math.nan for name in _SCALE_MAY_BE_NAN if scale.get(name, 0.0) is None})
    return values


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _without_nan(one) for name, one in value.items()}
    return [_without_nan(one) for one in value] if isinstance(value, (list, tuple)) else value
