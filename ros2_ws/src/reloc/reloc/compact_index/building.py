"""Build an index from descriptors that come in pieces, so that all of them never lie in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from reloc.compact_index import sizes
from reloc.compact_index.effort import Effort
from reloc.compact_index.form import IndexArrays
from reloc.compact_index.rows import RowsInMemory
from reloc.compact_index.search import CompactIndex
from reloc.compact_index.shortening import Shortening
from reloc.datatypes import Float32, Int8, UInt8

CENTERS_SEED = 20161208
_PER_CENTER = 64  # rows from which a center is learned
_ROUNDS = 10
_PIECE = 1 << 14  # rows


class IndexBuilder:
    """Takes the descriptors of all references in order. Deterministic. Needs 3 * P bytes a reference, P being 512."""

    def __init__(
        self,
        sample: Float32,
        sampled: NDArray[np.integer[Any]],
        references: int,
        numbers: int = sizes.ROW,
        lists: int | None = None,
    ) -> None:
        """Begin an index.

        Args:
            sample: descriptors (S, D) of evenly spread references.
            sampled: these references (S,).
            references: how many will be added.
            numbers: of a shortened descriptor at most.
            lists: None chooses by size.
        """
        self._shortening = Shortening.learn(sample, numbers)
        self._effort = Effort(sample, sampled)
        self._rows = np.empty((references, len(self._shortening.steps)), np.uint8)
        self._lengths = np.empty(references, np.float32)
        self._done = 0
        self._lists = sizes.lists(references) if lists is None else lists

    def add(self, descriptors: Float32, stored: Int8) -> None:
        """Add the next references' descriptors (K, D), and what the map stores of them."""
        self._effort.see(descriptors, self._done)
        until = self._done + len(descriptors)
        self._lengths[self._done : until] = np.linalg.norm(stored.astype(np.float32), axis=1)
        self._rows[self._done : until] = self._shortening.rows(descriptors)
        self._done = until

    def finish(self) -> tuple[IndexArrays, UInt8]:
        """Return the index of all that was added, and its rows (N, P)."""
        if self._done != len(self._rows):
            raise ValueError(f"{self._done} of {len(self._rows)} references were added")
        unsorted, self._rows = self._rows, np.empty((0, 0), np.uint8)
        centers = self._centers(unsorted)
        list_of = np.concatenate([_nearest(centers, numbers) for numbers in self._pieces(unsorted)])
        references = np.argsort(list_of, kind="stable").astype(np.uint32)
        found = IndexArrays(
            projection=self._shortening.projection,
            steps=self._shortening.steps,
            centers=centers,
            offsets=np.searchsorted(list_of[references], np.arange(len(centers) + 1)).astype(np.int64),
            references=references,
            lengths=self._lengths,
            lists_read=len(centers),
            compared=1,
            recall=0.0,
        )
        rows = unsorted[references]
        del unsorted
        lists_read, compared, recall = self._effort.choose(CompactIndex(found, RowsInMemory(rows)))
        return replace(found, lists_read=lists_read, compared=compared, recall=recall), rows

    def _centers(self, rows: UInt8) -> Float32:
        count = min(self._lists, len(rows))
        chosen = np.linspace(0, len(rows) - 1, min(len(rows), _PER_CENTER * count)).astype(int)
        numbers = self._shortening.numbers(rows[chosen])
        kmeans = faiss.Kmeans(
            numbers.shape[1],
            count,
            niter=_ROUNDS,
            seed=CENTERS_SEED,
            spherical=True,
            min_points_per_centroid=1,
            max_points_per_centroid=_PER_CENTER,
        )
        kmeans.train(numbers)
        return np.asarray(kmeans.centroids, np.float32).reshape(count, -1)

    def _pieces(self, rows: UInt8) -> Iterator[Float32]:
        for start in range(0, len(rows), _PIECE):
            yield self._shortening.numbers(rows[start : start + _PIECE])


def _nearest(centers: Float32, numbers: Float32) -> NDArray[np.int64]:
    """Return the list (K,) of each row."""
    flat = faiss.IndexFlatIP(centers.shape[1])
    flat.add(centers)
    return np.asarray(flat.search(numbers, 1)[1][:, 0], np.int64)
