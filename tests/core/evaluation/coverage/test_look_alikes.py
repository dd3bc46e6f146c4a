"""Pairs of places that look alike."""

import numpy as np

from reloc.evaluation.coverage.finding import from_record
from reloc.evaluation.coverage.look_alikes import find_look_alikes
from reloc.evaluation.coverage.survey import survey
from reloc.maps.check import check
from reloc.trust.calibration.record import RecordedOutcome


def found_in(opened, record):
    return find_look_alikes(opened, record, from_record(opened, record))


def test_two_rooms_that_look_alike_are_one_pair(twins):
    """By the real calibration: each room's views are taken for the other's."""
    (method,) = survey(twins, check(twins)).methods
    (pair,) = method.look_alikes
    assert pair.letter == "A"
    assert len(pair.pairs) >= 8
    for one in pair.pairs:
        assert (one.reference < 8) != (one.rival < 8)
        assert abs(one.metres - 20.0) < 1.0
    assert method.count("works") + method.count("unsure") < 8


def test_the_worst_comes_first(twins, record_of, right):
    record = record_of(twins, [
        right(0, lead=0.3, rival=8),
        RecordedOutcome(1, "lost", "ambiguous", rival=9),
        RecordedOutcome(2, "wrong", "", 20.0, 0.0, (), 0.9, 10),
        right(3, lead=0.8, rival=11),  # far ahead: no look-alike
        RecordedOutcome(4, "lost", "too_few_inliers", rival=12),  # not found at all
        right(5, lead=0.1, rival=4),  # beside it: the same place
    ])  # fmt: skip
    (pair,) = found_in(twins, record)
    assert [(one.reference, one.state) for one in pair.pairs] == [(2, "wrong"), (1, "ambiguous"), (0, "works")]
    assert np.isclose(pair.worst.metres, 20.0)
    assert np.isclose(pair.pairs[2].share, 0.7)
    assert pair.shown(twins) == [pair.pairs[0]]  # all look the same way


def test_without_any(twins, record_of, right):
    assert found_in(twins, record_of(twins, [right(0)])) == ()
