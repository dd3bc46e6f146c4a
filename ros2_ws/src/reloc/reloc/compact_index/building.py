"""Build an index from descriptors that come in pieces, so that all of them never lie in memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.compact_index import sizes
from reloc.compact_index.effort import Effort
from reloc.compact_index.form import IndexArrays
from reloc.compact_index.rows import RowsInMemory
from reloc.compact_index.search import CompactIndex
from reloc.compact_index.shortening import Shortening
from reloc.datatypes import Float32, Int8, UInt8


class IndexBuilder:
    """Takes the descriptors of all references in order. Deterministic. Needs 2.2 kB a reference for VLAD."""

    def __init__(
        self, sample: Float32, sampled: NDArray[np.integer[Any]], references: int, numbers: int = sizes.FIRST
    ) -> None:
        """Begin an index.

        Args:
            sample: descriptors (S, D) of evenly spread references.
            sampled: these references (S,).
            references: how many will be added.
            numbers: signs of the first step at most.
        """
        self._shortening = Shortening.learn(sample, numbers)
        self._effort = Effort(sample, sampled)
        rotated, width = self._shortening.projection.shape
        self._rows = np.empty((references, (rotated + width) // 8), np.uint8)
        self._lengths = np.empty(references, np.float32)
        self._done = 0

    def add(self, descriptors: Float32, stored: Int8) -> None:
        """Add the next references' descriptors (K, D), and what the map stores of them."""
        self._effort.see(descriptors, self._done)
        until = self._done + len(descriptors)
        self._lengths[self._done : until] = np.linalg.norm(stored.astype(np.float32), axis=1)
        self._rows[self._done : until] = self._shortening.rows(descriptors)
        self._done = until

    def finish(self) -> tuple[IndexArrays, UInt8]:
        """Return the index of all that was added, and its rows."""
        if self._done != len(self._rows):
            raise ValueError(f"{self._done} of {len(self._rows)} references were added")
        found = IndexArrays(
            flips=self._shortening.rotation.flips,
            projection=self._shortening.projection,
            lengths=self._lengths,
            read=1,
            compared=1,
            recall=0.0,
        )
        read, compared, recall = self._effort.choose(CompactIndex(found, RowsInMemory(self._rows)))
        return replace(found, read=read, compared=compared, recall=recall), self._rows
