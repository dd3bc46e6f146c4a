"""Calibrations that are wrong: named errors, and never a number that is a text."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.hostile import NO_JSON

from reloc.errors import MapError, MapHashError
from reloc.trust.calibration.record import CovarianceScale, Foreign, Record, RecordedOutcome

EVIDENCE = (8.0, 1.0, 1.7)
RECORD = Record(
    method="features",
    map_hash="0" * 64,
    verified=False,
    outcomes=(
        RecordedOutcome(0, "right", "", 0.01, 0.2, EVIDENCE, 0.98, 7),
        RecordedOutcome(2, "lost", "too_few_inliers"),
    ),
    foreign=(Foreign("noise", 20, 1, (EVIDENCE,)),),
    scale=CovarianceScale(1.3, 0.9, 1, 0.9, 0.95),
)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda v: v["scale"].update(position="x"), r"scale\.position='x': expected `float`"),
        (lambda v: v["scale"].update(position="1.5"), r"scale\.position='1\.5'"),
        (lambda v: v["scale"].update(rotation=None), r"scale\.rotation=None"),
        (lambda v: v["scale"].update(rotation=0), r"scale\.rotation is 0.0; a number above 0"),
        (lambda v: v["scale"].update(position=-1), r"scale\.position is -1"),
        (lambda v: v["scale"].update(answers=10**400), "answers|not valid JSON|number"),
        (lambda v: v.update(scale=[1, 1]), "scale"),
        (lambda v: v.update(scale=None), "scale=None"),
        (lambda v: v.update(format=1.5), "format is 1.5"),
        (lambda v: v.update(format="1"), "format is '1'"),
        (lambda v: v.update(format=True), "format is True"),
        (lambda v: v.update(verified=1), "verified=1"),
        (lambda v: v.update(outcomes={}), "outcomes"),
        (lambda v: v.update(outcomes=[3]), "outcome 0"),
        (lambda v: v["outcomes"][0].update(evidence=[1.0]), r"outcome 0 has the evidence \(1\.0,\); 3 finite numbers"),
        (lambda v: v["outcomes"][0].update(evidence=[]), "outcome 0 is right, but has no evidence"),
        (lambda v: v["outcomes"][0].update(evidence=["1", 1, 1]), r"evidence\[0\]='1'"),
        (lambda v: v["outcomes"][0].update(evidence=[10**400] * 3), "evidence|not valid JSON"),
        (lambda v: v["outcomes"][0].update(evidence=[[1]] * 3), "evidence"),
        (lambda v: v["outcomes"][0].update(evidence=[None] * 3), "evidence"),
        (lambda v: v["outcomes"][0].update(result="perhaps"), "result"),
        (lambda v: v["outcomes"][0].update(error_m="1"), "error_m='1'"),
        (lambda v: v["outcomes"][0].update(reference=0.5), r"reference=0\.5"),
        (lambda v: v["outcomes"][0].update(rival=2**80), "rival"),
        (lambda v: v["outcomes"][0].pop("probability"), "probability"),
        (lambda v: v["foreign"][0].update(evidence=[[1, 2]]), "foreign 'noise'"),
        (lambda v: v["foreign"][0].update(shown=-1), "shown=-1"),
        (lambda v: v.update(models={"a": 1}), "models"),
        (lambda v: v.pop("method"), "method"),
    ],
)
def test_fields_that_do_not_fit(edit: Callable[[dict[str, Any]], None], words: str) -> None:
    values = json.loads(RECORD.to_json())
    edit(values)
    with pytest.raises(MapHashError, match=words) as caught:
        Record.from_json(json.dumps(values), "calibration.json")
    assert str(caught.value).startswith("calibration.json is not a calibration")


@pytest.mark.parametrize("how", NO_JSON)
def test_what_is_no_record(tmp_path: Path, how: str) -> None:
    file = tmp_path / "calibration.json"
    file.write_text(RECORD.to_json())
    NO_JSON[how](file)
    with pytest.raises(MapError, match=r"calibration\.json"):
        Record.from_json(file.read_bytes(), str(file))


def test_parameters_without_end() -> None:
    text = RECORD.to_json().replace('"parameters": {', '"parameters": {"x": ' + "[" * 80 + "]" * 80, 1)
    with pytest.raises(MapHashError, match="parameters is nested deeper than 64 levels"):
        Record.from_json(text, "calibration.json")
