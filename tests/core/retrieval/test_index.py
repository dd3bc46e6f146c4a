import numpy as np

from reloc.retrieval.index import Index


def test_best_first() -> None:
    rows = np.eye(4, dtype=np.float32)
    found = Index(rows).search(np.array([0.1, 0.9, 0.4, 0.0], np.float32), 3)
    assert [c.index for c in found] == [1, 2, 0]
    assert np.isclose(found[0].similarity, 0.9)


def test_no_more_than_there_are() -> None:
    assert len(Index(np.eye(2, dtype=np.float32)).search(np.ones(2, np.float32), 10)) == 2


def test_nothing_is_like_nothing() -> None:
    index = Index(np.eye(3, dtype=np.float32))
    assert index.search(np.zeros(3, np.float32), 2) == []
    assert index.search(np.full(3, np.nan, np.float32), 2) == []
    assert index.search(np.ones(3, np.float32), 0) == []


def test_half_precision_descriptors() -> None:
    found = Index(np.eye(3, dtype=np.float16)).search(np.array([0, 0, 1], np.float32), 1)
    assert found[0].index == 2


def test_without_some() -> None:
    rows = np.eye(4, dtype=np.float32)
    wanted = np.array([0.1, 0.9, 0.4, 0.0], np.float32)
    assert [c.index for c in Index(rows).search(wanted, 2, {1})] == [2, 0]
    assert [c.index for c in Index(rows).search(wanted, 4, {1, 2, 9})] == [0, 3]
    assert Index(rows).search(wanted, 0, {1}) == []
