"""Group candidates by place, so that two look-alike places are never mixed in one solution.

References belong together if they see the same landmarks. In a map without landmarks, they must be close and look the
same way. Matches to two places at once would vote for a pose between them. A place that is never solved separately can
never be detected as a rival.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from reloc.datatypes import Candidate
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.sightings import sees

MIN_SHARED_LANDMARKS = 15
NEAR_M = 2.0
ALIKE_COSINE = 0.5  # viewing directions within 60 degrees


class Places:
    """Find which references of a map see the same place."""

    def __init__(self, reference_map: ReferenceMap) -> None:
        self._linked = _covisible(reference_map) if reference_map.has_landmarks else _close(reference_map)

    def group(self, candidates: Sequence[Candidate], most: int, size: int) -> list[tuple[Candidate, ...]]:
        """Return at most ``most`` places of at most ``size`` candidates each; the best candidate's place first."""
        if not candidates:
            return []
        index = np.array([c.index for c in candidates])
        _, labels = connected_components(self._linked[index][:, index], directed=False)
        places: dict[int, list[Candidate]] = {}
        for candidate, label in zip(candidates, labels, strict=True):
            places.setdefault(int(label), []).append(candidate)
        return [tuple(place[:size]) for place in list(places.values())[:most]]


def _covisible(reference_map: ReferenceMap) -> csr_matrix:
    seen = sees(reference_map, np.uint16)
    shared = (seen @ seen.T).tocsr()
    shared.data = (shared.data >= MIN_SHARED_LANDMARKS).astype(np.int8)
    shared.eliminate_zeros()
    return shared


def _close(reference_map: ReferenceMap) -> csr_matrix:
    centers: NDArray[np.float64] = reference_map.world_from_cam[:, :3, 3]
    ahead: NDArray[np.float64] = reference_map.world_from_cam[:, :3, 2]
    pairs = cKDTree(centers).query_pairs(NEAR_M, output_type="ndarray")
    alike = np.einsum("nk,nk->n", ahead[pairs[:, 0]], ahead[pairs[:, 1]]) > ALIKE_COSINE
    one, other = pairs[alike].T
    own = np.arange(len(centers))
    row, column = np.concatenate([own, one, other]), np.concatenate([own, other, one])
    return csr_matrix((np.ones(len(row), np.int8), (row, column)), shape=(len(own), len(own)))
