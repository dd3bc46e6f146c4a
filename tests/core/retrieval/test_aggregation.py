import numpy as np
import pytest

from reloc.errors import MapEmptyError
from reloc.retrieval import aggregation


def test_vlad_by_hand() -> None:
    centres = np.array([[0.0, 0.0], [10.0, 0.0]], np.float32)
    local = np.array([[1.0, 0.0], [0.0, 2.0], [10.0, 3.0]], np.float32)
    first = np.array([1.0, 2.0]) / np.sqrt(5)  # residuals (1, 0) and (0, 2), then scaled to length 1
    expected = np.concatenate([first, [0.0, 1.0]]) / np.sqrt(2)
    np.testing.assert_allclose(aggregation.vlad(local, centres), expected, atol=1e-6)


def test_vlad_of_nothing_is_zero() -> None:
    centres = np.ones((3, 4), np.float32)
    assert not aggregation.vlad(np.zeros((0, 4), np.float32), centres).any()


def test_unused_words_stay_zero() -> None:
    centres = np.array([[0.0], [5.0], [100.0]], np.float32)
    out = aggregation.vlad(np.array([[1.0], [6.0]], np.float32), centres)
    np.testing.assert_allclose(out, [np.sqrt(0.5), np.sqrt(0.5), 0.0], atol=1e-6)


def test_vocabulary_is_the_same_twice_and_shrinks_with_the_data() -> None:
    local = np.random.default_rng(0).normal(size=(80, 8)).astype(np.float32)
    first, second = aggregation.vocabulary(local, 64), aggregation.vocabulary(local, 64)
    assert first.shape == (10, 8)
    np.testing.assert_array_equal(first, second)


def test_no_local_feature_at_all() -> None:
    with pytest.raises(MapEmptyError, match="local feature"):
        aggregation.vocabulary(np.zeros((0, 128), np.float32), 64)
