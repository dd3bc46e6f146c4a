"""Where a kidnapped robot should be found: where the map's calibration of its method found it."""

from __future__ import annotations

import pytest

from reloc.kidnap.expected import Expected, find_problems
from reloc.maps.attachments import bare_hash
from reloc.trust.calibration.calibration import Calibration
from reloc.trust.calibration.record import Record, RecordedOutcome


def calibration(reference_map, *outcomes):
    return Calibration.from_record(Record("features", bare_hash(reference_map.manifest), False, outcomes))


def silent(stage, done, total):
    pass


def test_what_the_calibration_found_out_counts(tiny_map):
    outcomes = [RecordedOutcome(i, "right", "", 0.01, 0.1, (8.0, 1.0, 2.0)) for i in range(10)]
    outcomes[2] = RecordedOutcome(2, "lost", "ambiguous", rival=7)
    outcomes[3] = RecordedOutcome(3, "wrong", "", 3.0, 90.0, (8.0, 1.0, 2.0))
    problems = find_problems(tiny_map, calibration(tiny_map, *outcomes), silent)
    assert set(tiny_map.names[2:4]) == set(problems)  # those that were not tried are as the last that was
    assert not Expected(tiny_map, problems).at(tiny_map.world_from_cam[2])
    assert Expected(tiny_map, problems).at(tiny_map.world_from_cam[9])


def test_what_was_not_tried_and_is_near_nothing_does_not_work(tiny_map):
    problems = find_problems(
        tiny_map, calibration(tiny_map, RecordedOutcome(0, "right", "", 0.0, 0.0, (9.0,) * 4)), silent
    )
    assert tiny_map.names[0] not in problems
    assert tiny_map.names[-1] in problems  # turned by more than 30 degrees


@pytest.mark.parametrize("outcomes", [None, (), (RecordedOutcome(-1, "right", "", 0.0, 0.0, (9.0,) * 4),)])
def test_without_one_the_landmarks_are_asked(tiny_map, outcomes):
    made = None if outcomes is None else calibration(tiny_map, *outcomes)
    assert find_problems(tiny_map, made, silent) == ()
