"""Collect a map's coverage: of the map itself, and of each calibrated method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reloc.evaluation.coverage import advice
from reloc.evaluation.coverage.finding import ReferenceFinding, State, from_record, from_self_check
from reloc.evaluation.coverage.floor import Floor
from reloc.evaluation.coverage.headings import PlaceHeadings, find_places
from reloc.evaluation.coverage.look_alikes import LookAlike, find_look_alikes
from reloc.evaluation.self_check import SelfCheck
from reloc.maps.check import ReferenceCheck
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.calibration import Calibration
from reloc.trust.calibration.store import all_in


@dataclass(frozen=True, slots=True, eq=False)
class MethodSurvey:
    """One method, or the quick check if there is none."""

    method: str  # empty: the quick check
    calibration: Calibration | None
    findings: tuple[ReferenceFinding, ...]
    look_alikes: tuple[LookAlike, ...]
    advice: tuple[advice.Advice, ...]

    def count(self, *states: State) -> int:
        """Return references in these states."""
        return sum(one.state in states for one in self.findings)

    @property
    def tried(self) -> int:
        """Number of tested references."""
        return len(self.findings) - self.count("untried")

    def reasons(self) -> dict[str, int]:
        """Reasons of failing references, most frequent first."""
        reasons = [one.reason for one in self.findings if one.state == "fails"]
        return dict(sorted(((reason, reasons.count(reason)) for reason in set(reasons)), key=lambda r: (-r[1], r[0])))


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """The coverage of a map."""

    reference_map: ReferenceMap
    checks: tuple[ReferenceCheck, ...]
    floor: Floor
    places: tuple[PlaceHeadings, ...]
    advice: tuple[advice.Advice, ...]  # findings that need no method
    methods: tuple[MethodSurvey, ...]  # by name; only the quick check if no method is calibrated
    outdated: tuple[str, ...]  # methods whose calibration is of another map or model


def survey(
    reference_map: ReferenceMap, checks: Sequence[ReferenceCheck], self_checks: Sequence[SelfCheck] = ()
) -> Survey:
    """Compute the coverage.

    Args:
        reference_map: with or without calibrations.
        checks: the check of each reference.
        self_checks: the quick check of each reference; used if no method is calibrated.

    Raises:
        MapError: a calibration exists, but cannot be read.
    """
    floor = Floor.of(reference_map)
    places = find_places(floor)
    names = [record.method for record in all_in(reference_map)]
    current = {name: found for name in names if (found := Calibration.of(reference_map, name)) is not None}
    methods = [_method(reference_map, floor, checks, one) for one in current.values()]
    if not methods and self_checks:
        findings = from_self_check(reference_map, self_checks)
        methods = [MethodSurvey("", None, findings, (), advice.of_findings(floor, findings, checks))]
    return Survey(
        reference_map=reference_map,
        checks=tuple(checks),
        floor=floor,
        places=places,
        advice=advice.of_map(floor, checks, places),
        methods=tuple(methods),
        outdated=tuple(name for name in names if name not in current),
    )


def _method(
    reference_map: ReferenceMap, floor: Floor, checks: Sequence[ReferenceCheck], calibration: Calibration
) -> MethodSurvey:
    record = calibration.record
    findings = from_record(reference_map, record)
    return MethodSurvey(
        method=record.method,
        calibration=calibration,
        findings=findings,
        look_alikes=find_look_alikes(reference_map, record, findings),
        advice=advice.of_findings(floor, findings, checks),
    )
