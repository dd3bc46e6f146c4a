"""The curve from evidence to probability: monotone, and no surer than its samples."""

from __future__ import annotations

import numpy as np
import pytest

from reloc.trust.calibration.curve import FEWEST_OUTCOMES, Curve, lower_bound
from reloc.trust.confirmation import looks_needed
from reloc.trust.gate_config import GateConfig


def good(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform((50, 0.3), (200, 0.9), (count, 2))


def bad(count: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform((20, 0.06), (110, 0.6), (count, 2))


NONE = np.zeros((0, 2))


def test_two_hundred_right_and_none_wrong_make_0_985() -> None:
    curve = Curve.of(good(200), NONE, [])
    assert curve is not None
    assert curve.at([1000.0, 1.0]) == pytest.approx(0.985, abs=0.0005)
    assert curve.at(np.median(good(200), axis=0)) == pytest.approx(0.985, abs=0.0005)
    assert looks_needed(curve.at([1000.0, 1.0]), GateConfig()) == 2


def test_many_more_are_surer_but_never_certain() -> None:
    tops = [curve.at([1e9, 1.0]) for n in (30, 300, 3000) if (curve := Curve.of(good(n), NONE, [])) is not None]
    assert tops == sorted(tops)
    assert len(tops) == 3
    assert tops[0] < 0.91
    assert tops[-1] < 1.0


def test_too_few_answers_make_none() -> None:
    assert Curve.of(good(FEWEST_OUTCOMES - 1), NONE, []) is None
    assert Curve.of(NONE, bad(100), np.ones(100)) is None
    assert Curve.of(good(FEWEST_OUTCOMES - 1), bad(1), [1.0]) is not None


def test_what_is_a_little_weaker_than_few_right_answers_may_be_right() -> None:
    """Of forty right ones many a further one has a figure weaker than all of theirs: the gate must not refuse it."""
    random = np.random.default_rng(11)
    known, others = random.gamma(4.0, 1.0, (40, 4)), random.gamma(4.0, 1.0, (500, 4))
    curve = Curve.of(known, np.zeros((0, 4)), [])
    assert curve is not None
    weaker = others[(others < known.min(axis=0)).any(axis=1)]
    assert len(weaker) > 25
    told = np.array([curve.at(figures) for figures in weaker])
    assert (told > 0.0).all()
    assert (told < curve.at(known.min(axis=0))).all()
    assert (told >= GateConfig().least_probability).mean() > 0.9


def test_the_weaker_the_less_and_hardly_anything_far_off() -> None:
    curve = Curve.of(good(40), NONE, [])
    assert curve is not None
    told = [curve.at([inliers, 0.6]) for inliers in (50.0, 45.0, 30.0, 10.0, -1000.0)]
    assert told == sorted(told, reverse=True)
    assert told[1] > 0.8
    assert told[-1] < 0.01
    alike = Curve.of(np.tile([100.0, 1.0], (40, 1)), NONE, [])  # no spread to measure it by
    assert alike is not None
    assert 0.4 < alike.at([95.0, 1.0]) < alike.at([100.0, 1.0])
    assert curve.at([np.nan, 0.5]) == 0.0


def test_nothing_where_a_wrong_answer_was_as_good() -> None:
    least = good(40).min(axis=0)
    curve = Curve.of(good(40), [least * [0.9, 1.0], least * 0.2], [0.05, 1.0])
    assert curve is not None
    assert curve.at(least * [0.9, 1.0]) == 0.0
    assert curve.at(least * [0.85, 2.0]) == 0.0
    assert 0.5 < curve.at(least * [0.95, 1.0]) < curve.at(least)


def test_weaker_than_any_right_answer_is_nothing_among_wrong_ones() -> None:
    curve = Curve.of(good(100), bad(50), np.ones(50))
    assert curve is not None
    assert curve.at([10.0, 0.9]) == 0.0
    assert curve.at([200.0, 0.01]) == 0.0
    assert curve.at([np.nan, 0.5]) == 0.0


def test_wrong_answers_lower_it_where_they_look_like_right_ones() -> None:
    clean, mixed = Curve.of(good(200), NONE, []), Curve.of(good(200), bad(40), np.ones(40))
    assert clean is not None
    assert mixed is not None
    weak, strong = [60.0, 0.35], [190.0, 0.88]
    assert mixed.at(weak) < 0.9 < clean.at(weak)
    assert mixed.at(strong) > 0.95
    assert mixed.wrong_in.sum() == pytest.approx(40)


def test_it_rises_with_every_figure() -> None:
    curve = Curve.of(good(150), np.concatenate([bad(60), good(5, 7)]), np.ones(65))
    assert curve is not None
    assert (np.diff(curve.probability) >= 0).all()
    for figures in good(50, 3):
        more = figures + [5.0, 0.02]
        assert curve.at(more) >= curve.at(figures)


def test_what_is_told_is_no_more_than_what_holds() -> None:
    """Right ones and wrong ones of a known mixture: of what is told, hardly anything is above the truth."""
    random = np.random.default_rng(5)
    above = 0
    for _ in range(40):
        right, wrong = random.normal(1.0, 1.0, (190, 1)), random.normal(-1.0, 1.0, (10, 1))
        curve = Curve.of(right, wrong, np.ones(10))
        assert curve is not None
        at = 0.5  # where a right one is 19 e^(2 x) times as frequent as a wrong one
        truth = 1.0 / (1.0 + np.exp(-2.0 * at) / 19.0)
        above += curve.at([at]) > truth
    assert above <= 4


def test_a_wrong_one_of_little_weight_lowers_it_little() -> None:
    full, light = (Curve.of(good(200), good(20, 9), np.full(20, weight)) for weight in (1.0, 0.1))
    assert full is not None
    assert light is not None
    assert full.at([1e9, 1.0]) < light.at([1e9, 1.0]) < lower_bound(200, 0)


def test_bounds_of_counts() -> None:
    assert lower_bound(0, 5) == 0.0
    assert lower_bound(59, 0) == pytest.approx(0.05 ** (1 / 59))
    assert lower_bound(95, 5) == pytest.approx(0.898, abs=0.002)  # Clopper-Pearson's, one-sided
