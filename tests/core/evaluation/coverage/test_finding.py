"""What became of each reference, from what a calibration tried."""

import math

from reloc.evaluation.coverage.finding import from_record, from_self_check
from reloc.evaluation.self_check import SelfCheck
from reloc.trust.calibration.record import RecordedOutcome


def test_each_reference_has_a_state(own_map, record_of, right):
    outcomes = [
        right(0),
        right(1, probability=0.3),
        right(2, probability=math.nan),  # too few for a curve: right is right
        RecordedOutcome(3, "lost", "ambiguous", rival=99),
        RecordedOutcome(4, "lost", "too_few_inliers"),
        right(-1),
        right(77),
    ]
    findings = from_record(own_map, record_of(own_map, outcomes))
    assert [one.state for one in findings] == ["works", "unsure", "works", "ambiguous", "fails", "untried"]
    assert [one.index for one in findings] == list(range(6))
    assert findings[4].reason == "too_few_inliers"
    assert findings[3].rival == -1  # the map has no such reference
    wrong = from_record(own_map, record_of(own_map, [RecordedOutcome(0, "wrong", "", 3.0, 50.0, (), 0.9, 5)]))[0]
    assert (wrong.state, wrong.error_m, wrong.rival) == ("wrong", 3.0, 5)


def test_the_quick_check_knows_what_works_and_what_fails(own_map):
    names = own_map.names
    checks = [SelfCheck(names[0], 80, 0.01, 0.02, ""), SelfCheck(names[1], 3, math.nan, math.nan, "only 3 inliers")]
    findings = from_self_check(own_map, checks)
    assert [one.state for one in findings] == ["works", "fails"] + ["untried"] * 4
    assert findings[1].reason == "only 3 inliers"
