"""The long edges of the shortest net are those of comparing all points."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse.csgraph import minimum_spanning_tree

from reloc.evaluation.coverage.shortest_net import long_edges


@pytest.mark.parametrize("seed", range(8))
def test_as_comparing_all(seed: int) -> None:
    random = np.random.default_rng(seed)
    centers = random.uniform(0.0, 40.0, (6, 2))
    xy = centers[random.integers(0, 6, 80)] + random.normal(0.0, 1.0, (80, 2))
    net = minimum_spanning_tree(np.linalg.norm(xy[:, None] - xy[None], axis=2)).tocoo()
    wanted = sorted(length for length in net.data if length >= 2.0)
    found = long_edges(xy, 2.0)
    assert len(wanted) >= 2
    np.testing.assert_allclose(sorted(length for length, _, _ in found), wanted)
    for length, one, other in found:
        assert np.linalg.norm(xy[one] - xy[other]) == pytest.approx(length)


def test_points_at_one_place_and_a_single_one() -> None:
    assert long_edges(np.zeros((5, 2)), 2.0) == []
    assert long_edges(np.zeros((1, 2)), 2.0) == []
    assert long_edges(np.array([[0.0, 0.0], [0.0, 0.0], [3.0, 4.0]]), 5.0) == [(5.0, 0, 2)]
