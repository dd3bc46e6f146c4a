"""Matches by dual softmax are what brute force finds, each reference by itself and for every size of a tile."""

from __future__ import annotations

import numpy as np
import pytest

import reloc.features.dual_softmax as dual_softmax
from reloc.features.dual_softmax import DualSoftmax, likely_in_each
from reloc.features.matcher import ByDualSoftmax, ByRatio, matcher_of

SHARPNESS = 20.0


def unit(rng: np.random.Generator, count: int) -> np.ndarray:
    x = rng.normal(size=(count, 64)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def brute_force(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The probability (N, K) of each pair."""
    grown = np.exp(SHARPNESS * (first @ second.T).astype(np.float64))
    return grown**2 / grown.sum(axis=1, keepdims=True) / grown.sum(axis=0)


@pytest.mark.parametrize("tile", [1, 40_000, 1 << 24])
def test_is_what_brute_force_finds(monkeypatch: pytest.MonkeyPatch, tile: int) -> None:
    monkeypatch.setattr(dual_softmax, "TILE_BYTES", tile)
    monkeypatch.setattr(dual_softmax, "LEAST_ROWS", 7)
    rng = np.random.default_rng(0)
    first = unit(rng, 90)
    noisy = first[rng.permutation(90)] + 0.08 * rng.normal(size=(90, 64)).astype(np.float32)
    noisy /= np.linalg.norm(noisy, axis=1, keepdims=True)
    seconds = [noisy[:50], noisy[:0], noisy[50:51], unit(rng, 30), noisy]
    found = likely_in_each(first, seconds, SHARPNESS, 0.05)
    assert len(found[4][0]) > 60
    for (pairs, probability), second in zip(found, seconds, strict=True):
        alike, wanted = first @ second.T, brute_force(first, second)
        best = alike.argmax(axis=1) if len(second) else np.zeros(0, int)
        expected = [(i, j) for i, j in enumerate(best) if alike[:, j].argmax() == i and wanted[i, j] >= 0.05]
        assert [tuple(pair) for pair in pairs] == expected
        np.testing.assert_allclose(probability, [wanted[i, j] for i, j in expected], rtol=1e-4)


def test_two_alike_share_the_probability() -> None:
    """The ratio test drops both; here each has half on each side that has two."""
    rng = np.random.default_rng(1)
    first = unit(rng, 1)
    (pairs, probability), = likely_in_each(first, [np.concatenate([first, first])], 100.0, 0.0)  # fmt: skip
    np.testing.assert_array_equal(pairs, [[0, 0]])
    assert probability[0] == pytest.approx(0.5, abs=1e-3)
    assert not len(likely_in_each(first, [np.concatenate([first, first])], 100.0, 0.6)[0][0])


def test_nothing_to_match() -> None:
    some = unit(np.random.default_rng(2), 3)
    assert likely_in_each(some, [], SHARPNESS, 0.1) == []
    for first, second in ((some[:0], some), (some, some[:0]), (some[:0], some[:0])):
        ((pairs, probability),) = likely_in_each(first, [second], SHARPNESS, 0.1)
        assert pairs.shape == (0, 2)
        assert probability.shape == (0,)


def test_opposite_descriptors_are_no_match() -> None:
    """The exponential of the steepest softmax is 0 for them, which must not become NaN."""
    one = np.eye(1, 64, dtype=np.float32)
    with np.errstate(all="raise", under="ignore"):
        ((pairs, _),) = likely_in_each(one, [-one], 100.0, 0.0)
    assert len(pairs) == 0


def test_each_kind_has_its_matcher() -> None:
    how = DualSoftmax(SHARPNESS, 0.5)
    assert matcher_of(None, 0.8, 0.1) == ByRatio(0.8)
    assert matcher_of(how, 0.8, 0.1) == ByDualSoftmax(how, 0.1)
    rng = np.random.default_rng(3)
    first = unit(rng, 40)
    near = first + 0.05 * rng.normal(size=first.shape).astype(np.float32)
    near /= np.linalg.norm(near, axis=1, keepdims=True)
    for matcher in (ByRatio(0.8), ByDualSoftmax(how, 0.1)):
        ((pairs, distinct),) = matcher.in_each(first, [near])
        np.testing.assert_array_equal(pairs[:, 0], pairs[:, 1])
        assert len(pairs) > 30
        assert distinct.any()
