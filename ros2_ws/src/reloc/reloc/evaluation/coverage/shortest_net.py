"""The long edges of the shortest net over many points, without comparing all with all."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from reloc.datatypes import Float64


def long_edges(xy: Float64, least_m: float) -> list[tuple[float, int, int]]:
    """Return the edges (length, point, point) of the minimum spanning tree of points (N, 2) that have at least
    ``least_m``.

    Points nearer than that are joined first. The tree then grows from one such group to the nearest other one.
    """
    count = len(xy)
    pairs = cKDTree(xy).query_pairs(least_m, output_type="ndarray")
    pairs = pairs[np.linalg.norm(xy[pairs[:, 0]] - xy[pairs[:, 1]], axis=1) < least_m]
    joined = csr_matrix((np.ones(len(pairs), bool), tuple(pairs.T)), shape=(count, count))
    _, group = connected_components(joined, directed=False)
    far, nearest = np.full(count, np.inf), np.zeros(count, np.intp)
    outside = np.ones(count, bool)
    edges = list[tuple[float, int, int]]()
    reached = int(group[0])
    while True:
        members = np.flatnonzero(group == reached)
        outside[members] = False
        others = np.flatnonzero(outside)
        if not len(others):
            return edges
        length, which = cKDTree(xy[members]).query(xy[others])
        closer = length < far[others]
        far[others[closer]], nearest[others[closer]] = length[closer], members[which[closer]]
        point = int(others[np.argmin(far[others])])
        edges.append((float(far[point]), int(nearest[point]), point))
        reached = int(group[point])
