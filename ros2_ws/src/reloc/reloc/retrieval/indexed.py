"""Find nearest references of a large map: candidates from its index, compared in full by what the map stores."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from reloc.compact_index.search import CompactIndex
from reloc.datatypes import Candidate, Float32
from reloc.maps.rows_on_disk import RowsOnDisk

_PART = 32  # references; 1 MB of VLAD
MOST = 4096  # candidates that are compared in full; 34 MB of VLAD


class IndexedDescriptors:
    """Descriptors that stay in the map's file. Only those of candidates are read."""

    def __init__(self, index: CompactIndex, descriptors: RowsOnDisk) -> None:
        """Join an index with the descriptors (N, D) of its references."""
        self._index, self._descriptors = index, descriptors

    def search(self, descriptor: Float32, count: int, without: Collection[int] = ()) -> list[Candidate]:
        """Return the ``count`` most similar references, best first, without those of ``without``; none for an all-zero
        descriptor.

        At most :data:`MOST` are compared in full. If more are asked for, the others follow in the order of their
        shortened descriptors, and their similarity is the last one's at most.

        Raises:
            MapChangedError: the file of the descriptors was written to.
        """
        if count <= 0 or not np.isfinite(descriptor).all() or not descriptor.any():
            return []
        most = max(self._index.arrays.compared, count) + len(without)
        nearest = self._index.candidates(descriptor, most)
        if len(without):
            nearest = nearest[~np.isin(nearest, list(without))]
        if not len(nearest):
            return []
        near, others = np.sort(nearest[:MOST]), nearest[MOST:]  # in the order of the file
        cosines = self._cosines(near, np.asarray(descriptor, np.float32))
        best = np.argsort(-cosines, kind="stable")[:count]
        found = [Candidate(i, s) for i, s in zip(near[best].tolist(), cosines[best].tolist(), strict=True)]
        return found + [Candidate(i, found[-1].similarity) for i in others[: count - len(found)].tolist()]

    def _cosines(self, references: NDArray[np.int64], descriptor: Float32) -> Float32:
        """Return the cosines (K,) of references and a descriptor (D,), in parts that the processor's cache holds."""
        parts = [references[start : start + _PART] for start in range(0, len(references), _PART)]
        products = [self._descriptors.take(part).astype(np.float32) @ descriptor for part in parts]
        lengths = np.maximum(self._index.arrays.lengths[references], np.float32(1e-6))
        return np.asarray(np.concatenate(products) / lengths, np.float32)
