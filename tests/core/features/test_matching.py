import numpy as np
import pytest

import reloc.features.matching as matching
from reloc.features.matching import mutual_nearest, mutual_nearest_by_ratio, mutual_nearest_in_each


def unit(rng: np.random.Generator, count: int) -> np.ndarray:
    x = rng.normal(size=(count, 128)).astype(np.float32)
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def test_finds_a_permutation() -> None:
    rng = np.random.default_rng(0)
    first = unit(rng, 50)
    order = rng.permutation(50)
    pairs = mutual_nearest(first, first[order])
    assert len(pairs) == 50
    np.testing.assert_array_equal(order[pairs[:, 1]], pairs[:, 0])


def test_ratio_test_drops_what_has_a_twin() -> None:
    rng = np.random.default_rng(1)
    first = unit(rng, 20)
    noisy = first + 0.2 * unit(rng, 20)
    twin = first[:1] + 0.21 * unit(rng, 1)  # hardly farther than the true match
    second = np.concatenate([noisy, twin])
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    assert 0 not in mutual_nearest(first, second, 0.8)[:, 0]
    assert 0 in mutual_nearest(first, second, 1.0)[:, 0]


def test_only_mutual_pairs() -> None:
    first = np.eye(3, dtype=np.float32)[[0, 0]]
    first[1] = (0.9, np.sqrt(1 - 0.81), 0)
    second = np.eye(3, dtype=np.float32)[:1]
    np.testing.assert_array_equal(mutual_nearest(first, second), [[0, 0]])


def test_is_what_brute_force_finds() -> None:
    rng = np.random.default_rng(2)
    first, second = unit(rng, 40), unit(rng, 60)
    distance = np.linalg.norm(first[:, None] - second[None], axis=2)
    expected = []
    for i in range(40):
        j = int(distance[i].argmin())
        following = np.partition(distance[i], 1)[1]
        if distance[:, j].argmin() == i and distance[i, j] < 0.95 * following:
            expected.append((i, j))
    assert expected
    np.testing.assert_array_equal(mutual_nearest(first, second, 0.95), expected)


def test_nothing_with_nothing() -> None:
    empty = np.zeros((0, 128), np.float32)
    some = unit(np.random.default_rng(3), 3)
    for a, b in ((empty, some), (some, empty), (empty, empty)):
        assert mutual_nearest(a, b).shape == (0, 2)


def test_a_single_descriptor_has_no_second_nearest() -> None:
    some = unit(np.random.default_rng(4), 1)
    np.testing.assert_array_equal(mutual_nearest(some, some, 0.8), [[0, 0]])


@pytest.mark.parametrize("tile", [1, 40_000, 1 << 24])
@pytest.mark.parametrize("max_ratio", [0.8, 1.0])
def test_several_at_once_are_matched_each_by_itself(
    monkeypatch: pytest.MonkeyPatch, tile: int, max_ratio: float
) -> None:
    """Whatever the size of a tile, and also where one of them is empty or a single one."""
    monkeypatch.setattr(matching, "TILE_BYTES", tile)
    monkeypatch.setattr(matching, "LEAST_ROWS", 7)
    rng = np.random.default_rng(5)
    first = unit(rng, 90)
    noisy = first[rng.permutation(90)] + 0.05 * rng.normal(size=(90, 128)).astype(np.float32)
    seconds = [noisy[:50], noisy[:0], noisy[50:51], unit(rng, 30), noisy]
    found = mutual_nearest_in_each(first, seconds, max_ratio)
    assert len(found) == len(seconds)
    assert len(found[4][0]) > 60
    for (pairs, ratio), second in zip(found, seconds, strict=True):
        alone, ratio_alone = mutual_nearest_by_ratio(first, second, max_ratio)
        np.testing.assert_array_equal(pairs, alone)
        np.testing.assert_allclose(ratio, ratio_alone, atol=1e-3)
    assert mutual_nearest_in_each(first, []) == []


def test_of_two_that_tie_the_first_matches() -> None:
    first = np.eye(3, dtype=np.float32)[[0, 0, 1]]
    np.testing.assert_array_equal(mutual_nearest(first, np.eye(3, dtype=np.float32), 1.0), [[0, 0], [2, 1]])
