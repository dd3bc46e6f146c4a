"""Find the references whose views may overlap, without comparing all with all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from reloc.datatypes import Float64
from reloc.maps.building.view_overlap import DEPTHS_M

ALL_WITH_ALL = 400  # so few references are simply all compared: it takes less than a second
_NEAREST = 160  # at each depth; with these, no pair of 1,000 scattered views is lost
_TURN = 0.25  # weight of the viewing direction beside where it leads, both relative to the depth
_BLOCK = 1 << 14  # references whose neighbors are looked up at once


def candidates(world_from_cam: Float64, nearest: int) -> csr_matrix:
    """Return a symmetric (N, N) matrix of bools: which references to compare.

    A view of a surface at some depth is where its axis meets that depth, and its direction. Views that are near in both
    overlap there. For each depth the nearest views are found in a tree, so time and memory grow with N, not its square.
    All are compared with all if there are at most ``ALL_WITH_ALL``.

    Args:
        world_from_cam: (N, 4, 4).
        nearest: at least this many neighbors are wanted of each reference.
    """
    count = len(world_from_cam)
    if count <= ALL_WITH_ALL:
        return csr_matrix(~np.eye(count, dtype=bool))
    most = min(count, max(_NEAREST, 5 * nearest) + 1)
    found = csr_matrix((count, count), dtype=bool)
    axis = world_from_cam[:, :3, 2]
    for depth in DEPTHS_M:
        places = np.column_stack([world_from_cam[:, :3, 3] / depth + axis, _TURN * axis])
        tree = cKDTree(places)
        for start in range(0, count, _BLOCK):
            some = places[start : start + _BLOCK]
            near = tree.query(some, k=most)[1]
            found = found + _links(start, near, count)
    found = found + found.T
    found.setdiag(False)
    found.eliminate_zeros()
    return found.tocsr()


def _links(start: int, near: NDArray[np.intp], count: int) -> csr_matrix:
    rows = np.repeat(np.arange(start, start + len(near)), near.shape[1])
    ones = np.ones(near.size, dtype=bool)
    return coo_matrix((ones, (rows, near.ravel())), shape=(count, count)).tocsr()
