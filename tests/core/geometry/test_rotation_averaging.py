"""Means of rotations: exact where they are known, robust where they must be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reloc.errors import PoseError
from reloc.geometry.rotation_averaging import chordal_mean, chordal_means, geodesic_l1_mean, midway
from reloc.geometry.transforms import angle, so3_exp, so3_log

TRUE = so3_exp([0.7, -1.8, 0.6])
Mean = Callable[..., np.ndarray]
means = pytest.mark.parametrize("mean", [chordal_mean, geodesic_l1_mean])


def around(centre: np.ndarray, number: int, sigma: float, seed: int = 0) -> np.ndarray:
    turns = np.random.default_rng(seed).normal(0, sigma, (number, 3))
    return np.stack([so3_exp(t) @ centre for t in turns])


def off(a: np.ndarray, b: np.ndarray) -> float:
    return angle(a.T @ b)


@means
def test_of_one_and_of_the_same(mean: Mean) -> None:
    np.testing.assert_allclose(mean(TRUE[None]), TRUE, atol=1e-12)
    np.testing.assert_allclose(mean(np.stack([TRUE] * 5)), TRUE, atol=1e-12)


@means
@given(seed=st.integers(0, 2**32 - 1), sigma=st.floats(0, 0.5))
def test_is_a_rotation_and_moves_with_its_samples(mean: Mean, seed: int, sigma: float) -> None:
    samples = around(TRUE, 5, sigma, seed)
    result = mean(samples)
    np.testing.assert_allclose(result @ result.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(result) > 0
    turn = so3_exp([0.3, 2.0, -0.4])
    assert off(mean(turn @ samples), turn @ result) < 1e-5  # left and right: no frame is special
    assert off(mean(samples @ turn), result @ turn) < 1e-5


@means
def test_symmetric_samples_average_to_their_middle(mean: Mean) -> None:
    samples = np.stack([so3_exp(s * v) @ TRUE for v in np.diag([0.3, 0.5, 0.2]) for s in (1, -1)])
    assert off(mean(samples), TRUE) < 1e-6


def test_the_mean_of_half_turns_is_no_mirror() -> None:
    half_turns = np.stack([so3_exp(np.pi * axis) for axis in np.eye(3)])  # their sum is minus the identity
    for mean in (chordal_mean, geodesic_l1_mean):
        assert np.linalg.det(mean(half_turns)) == pytest.approx(1)


def test_averaging_reduces_noise() -> None:
    samples = around(TRUE, 400, 0.1)
    assert off(chordal_mean(samples), TRUE) < 0.02
    assert off(geodesic_l1_mean(samples), TRUE) < 0.02


def test_median_is_not_moved_by_outliers() -> None:
    samples = np.concatenate([around(TRUE, 6, 0.01), around(so3_exp([2.0, 0.5, 1.0]) @ TRUE, 4, 0.3, seed=2)])
    assert off(geodesic_l1_mean(samples), TRUE) < 0.02
    assert off(chordal_mean(samples), TRUE) > 0.1  # which is why there are two


def test_median_that_is_a_sample_stays_there() -> None:
    # Fermat's point of a triangle with an angle above 120 degrees is that corner.
    corners = np.array([[0.0, 0, 0], [0.1, 0.01, 0], [-0.1, 0.01, 0]])
    samples = np.stack([so3_exp(c) @ TRUE for c in corners])
    assert off(geodesic_l1_mean(samples), samples[0]) < 1e-9


def test_median_leaves_a_sample_that_is_not_the_median() -> None:
    samples = np.stack([so3_exp(0.1 * np.array([np.cos(a), np.sin(a), 0])) @ TRUE for a in np.arange(5) * 0.4 * np.pi])
    result = geodesic_l1_mean(samples)
    assert off(result, TRUE) < 1e-6
    total = sum(off(result, s) for s in samples)
    for nudge in np.vstack([np.eye(3), -np.eye(3)]) * 1e-3:
        assert sum(off(so3_exp(nudge) @ result, s) for s in samples) > total


@means
def test_weights_count_as_repetitions(mean: Mean) -> None:
    samples = around(TRUE, 4, 0.3, seed=3)
    repeated = samples[[0, 1, 1, 1, 2, 3, 3]]
    assert off(mean(samples, weights=[1, 3, 1, 2]), mean(repeated)) < 1e-6
    assert off(mean(samples, weights=[0, 0, 5, 0]), samples[2]) < 1e-9


def test_means_of_many_sets_are_those_of_each() -> None:
    sets = np.stack([around(TRUE, 4, 0.5, seed) for seed in range(6)])
    np.testing.assert_allclose(chordal_means(sets), [chordal_mean(one) for one in sets], atol=1e-12)


def test_midway() -> None:
    a, b = around(TRUE, 10, 1.0), around(TRUE, 10, 1.0, seed=1)
    for i, m in enumerate(midway(a, b)):
        np.testing.assert_allclose(so3_log(a[i].T @ m), so3_log(m.T @ b[i]), atol=1e-9)
        np.testing.assert_allclose(m, chordal_mean(np.stack([a[i], b[i]])), atol=1e-9)
    assert midway(a[:0], b[:0]).shape == (0, 3, 3)


@means
@pytest.mark.parametrize(
    ("samples", "weights"),
    [
        (np.zeros((0, 3, 3)), None),
        (TRUE, None),
        (np.full((2, 3, 3), np.nan), None),
        (np.stack([TRUE, TRUE]), [1.0]),
        (np.stack([TRUE, TRUE]), [0.0, 0.0]),
        (np.stack([TRUE, TRUE]), [2.0, -1.0]),
        (np.stack([TRUE, TRUE]), [np.nan, 1.0]),
    ],
)
def test_refuses(mean: Mean, samples: np.ndarray, weights: list[float] | None) -> None:
    with pytest.raises(PoseError):
        mean(samples, weights)
