import numpy as np

from reloc.features.matching import mutual_nearest


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
