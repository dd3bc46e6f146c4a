"""The referee: wrong poses are found, recoveries are timed, and nothing passes that should not."""

from __future__ import annotations

import numpy as np
import pytest

from reloc_demo.drive.motion import KidnapSpan
from reloc_demo.drive.robot import world_from_base
from reloc_demo.referee.judge import corrected, judge
from reloc_demo.referee.recording import Track

S = 10**9
START = 100 * S
KIDNAPS = (KidnapSpan("first", 2.0, 3.0, True), KidnapSpan("second", 6.0, 6.0, False))


def _true_x(seconds: float) -> float:
    return 0.0 if seconds < 2.0 else 10.0 if seconds < 6.0 else 20.0


def _truth() -> Track:
    seconds = np.arange(0.0, 10.0, 0.1)
    stamps = START + np.round(seconds * S).astype(np.int64)
    return Track(stamps, stamps, np.array([world_from_base(np.array([_true_x(t), 0.0, 0.0])) for t in seconds]))


def _answers(rows: list[tuple[float, float, float]], delay: float = 0.25) -> Track:
    """Answers at seconds, off by metres and degrees."""
    stamps = np.array([START + round(t * S) for t, _, _ in rows], np.int64)
    poses = [world_from_base(np.array([_true_x(t) + off, 0.0, np.deg2rad(turn)])) for t, off, turn in rows]
    return Track(stamps, stamps + round(delay * S), np.array(poses).reshape(-1, 4, 4))


def test_a_good_run_passes_and_says_so() -> None:
    rows = [(1.0, 0.01, 0.1), (3.5, 0.02, 0.2), (4.0, 0.01, 0.1), (7.5, 0.0, 0.3), (8.0, 0.03, 0.1)]
    judgement = judge(_answers(rows), _truth(), KIDNAPS, START)
    assert judgement.passed
    assert [r.seconds for r in judgement.recoveries] == pytest.approx([0.75, 1.75])
    assert judgement.summary == "recovered 2/2, median 1.25 s, worst error 0.030 m 0.30 deg"


@pytest.mark.parametrize("off", [(0.6, 0.0), (0.0, 11.0), (np.inf, 0.0)], ids=["metres", "degrees", "far"])
def test_a_wrong_pose_fails_the_run_even_if_all_is_recovered(off: tuple[float, float]) -> None:
    wrong = (3.2, min(off[0], 50.0), off[1])
    rows = [(1.0, 0.0, 0.0), wrong, (3.5, 0.0, 0.0), (7.0, 0.0, 0.0)]
    judgement = judge(_answers(rows), _truth(), KIDNAPS, START)
    assert len(judgement.wrong) == 1
    assert judgement.recovered == 2
    assert not judgement.passed


def test_recovery_counts_from_the_last_wrong_pose() -> None:
    rows = [(3.1, 0.0, 0.0), (3.3, 2.0, 0.0), (4.0, 0.0, 0.0), (7.0, 0.0, 0.0)]
    first = judge(_answers(rows, delay=0.0), _truth(), KIDNAPS, START).recoveries[0]
    assert first.seconds == pytest.approx(1.0)
    assert len(first.after) == 1


def test_an_answer_from_before_the_kidnap_is_no_recovery() -> None:
    # Seen at 5.9 s, published at 6.3 s: right at its stamp, but it says nothing about the new place.
    judgement = judge(_answers([(3.5, 0.0, 0.0), (5.9, 0.0, 0.0)], delay=0.4), _truth(), KIDNAPS, START)
    assert judgement.recovered == 1
    assert not judgement.wrong
    assert not judgement.passed
    assert judgement.recoveries[1].seconds == np.inf


def test_silence_does_not_pass() -> None:
    judgement = judge(_answers([]), _truth(), KIDNAPS, START)
    assert not judgement.passed
    assert judgement.summary.startswith("recovered 0/2, median nan s")


def test_an_answer_without_truth_is_wrong() -> None:
    answers = _answers([(3.5, 0.0, 0.0)])
    moved = Track(answers.stamp_ns + 1234, answers.received_ns, answers.pose)
    assert judge(moved, _truth(), KIDNAPS, START).wrong


def test_corrected_takes_the_newest_correction_received_and_stops_when_it_has_run_out() -> None:
    stamps = np.array([1, 2, 3, 4], np.int64) * S
    poses = np.array([world_from_base(np.array([x, 0.0, 0.0])) for x in (1.0, 2.0, 3.0, 4.0)])
    odometry = Track(stamps, stamps, poses)
    # Received at 1.5 s and valid until 2.2 s; then at 2.9 s, valid until 3.1 s.
    shifts = np.array([world_from_base(np.array([dx, 0.0, 0.0])) for dx in (10.0, 20.0)])
    corrections = Track(np.array([2.2 * S, 3.1 * S], np.int64), np.array([1.5 * S, 2.9 * S], np.int64), shifts)
    x = corrected(odometry, corrections)[:, 0, 3]
    np.testing.assert_array_equal(x, [np.nan, 12.0, 23.0, np.nan])
