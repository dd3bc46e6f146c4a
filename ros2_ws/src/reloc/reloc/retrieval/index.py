"""Find nearest references by cosine, with FAISS."""

from __future__ import annotations

from collections.abc import Collection

import faiss
import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Candidate, Float32


class Index:
    """Exact search; :mod:`reloc.compact_index.sizes` says for how many references."""

    def __init__(self, descriptors: NDArray[np.floating]) -> None:
        """Create an index of ``descriptors`` (N, D), of length 1, one row per reference."""
        rows = np.ascontiguousarray(descriptors, dtype=np.float32)
        self._faiss = faiss.IndexFlatIP(rows.shape[1])
        self._faiss.add(rows)

    def search(self, descriptor: Float32, count: int, without: Collection[int] = ()) -> list[Candidate]:
        """Return the ``count`` most similar references, best first, without those of ``without``; none for an all-zero
        descriptor.
        """
        wanted, count = count, min(count + len(without), self._faiss.ntotal) if count > 0 else 0
        if count <= 0 or not np.isfinite(descriptor).all() or not descriptor.any():
            return []
        similarity, index = self._faiss.search(np.ascontiguousarray(descriptor[None], dtype=np.float32), count)
        found = zip(index[0].tolist(), similarity[0].tolist(), strict=True)
        return [Candidate(i, s) for i, s in found if i >= 0 and i not in without][:wanted]
