"""What was tried is kept in the map as text, and read back as it was."""

from __future__ import annotations

import math

import pytest

from reloc.errors import MapHashError, MapVersionError
from reloc.trust.calibration.record import CovarianceScale, Foreign, Record, RecordedOutcome

RECORD = Record(
    method="features",
    map_hash="0" * 64,
    verified=False,
    outcomes=(
        RecordedOutcome(0, "right", "", 0.01, 0.2, (8.0, 1.0, 1.7), 0.98, 7),
        RecordedOutcome(1, "wrong", "", 3.0, 90.0, (3.1, 0.4, 0.9), 0.2),
        RecordedOutcome(2, "lost", "too_few_inliers"),
    ),
    foreign=(Foreign("noise", 20, 1, ((3.0, 0.5, 0.8),)),),
    scale=CovarianceScale(1.3, 0.9, 1, 0.9, 0.95),
    parameters={"candidates": 30},
    models={"posenet": "1" * 64},
    hide_m=0.1,
    hide_deg=5.0,
)


def test_text_and_back() -> None:
    again = Record.from_json(RECORD.to_json(), "here")
    assert again.to_json() == RECORD.to_json()
    assert again.outcomes[:2] == RECORD.outcomes[:2]
    assert math.isnan(again.outcomes[2].error_m)
    assert math.isnan(again.outcomes[2].probability)
    assert (again.foreign, again.scale) == (RECORD.foreign, RECORD.scale)


def test_counts() -> None:
    assert [RECORD.count(result) for result in ("right", "wrong", "lost")] == [1, 1, 1]
    assert len(RECORD.answered) == 2
    assert RECORD.foreign[0].passed == 1


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', RECORD.to_json().replace("error_m", "error_n")])
def test_no_record(text: str) -> None:
    with pytest.raises(MapHashError, match="here is not a calibration"):
        Record.from_json(text, "here")


def test_another_version() -> None:
    with pytest.raises(MapVersionError, match="format 9"):
        Record.from_json(RECORD.to_json().replace('"format": 2', '"format": 9'), "here")
