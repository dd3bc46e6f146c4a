"""Measure how much of an index a search must read, while the index is built.

Some references are asked for. Exact search over all descriptors, piece by piece, finds the most similar ones. The first
thirty are of the same drive and too easy: queries of another drive are farther away. So the second thirty count. As few
candidates are compared in full, and as few are read by the second step, as find :data:`WANTED` of these.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.compact_index.search import CompactIndex
from reloc.datatypes import Float32

WANTED = 0.98  # of the references that count
_ASKED = 100
_EASY, _RANKS = 30, 60
_COMPARED = 13 << 20  # bytes at most; this many take about 10 ms
_FROM = 100  # candidates that are compared in full; the steps double
_READ = 1 << 14  # references at most that the second step reads; this many take about 10 ms


class Effort:
    """Sees all descriptors once."""

    def __init__(self, sample: Float32, sampled: NDArray[np.integer[Any]]) -> None:
        """Choose what is asked: some of ``sample`` (S, D), which are the references ``sampled`` (S,)."""
        chosen = np.unique(np.linspace(0, len(sample) - 1, min(_ASKED, len(sample))).astype(int))
        self._asked, self._own = sample[chosen], np.asarray(sampled)[chosen]
        self._cosines = np.full((len(chosen), _RANKS), -np.inf, np.float32)
        self._best = np.full((len(chosen), _RANKS), -1, np.int64)

    def see(self, descriptors: Float32, start: int) -> None:
        """Take the descriptors (K, D) of the references from ``start`` on."""
        cosines = self._asked @ descriptors.T
        references = np.arange(start, start + len(descriptors))
        cosines[self._own[:, None] == references] = -np.inf
        cosines = np.concatenate([self._cosines, cosines], axis=1)
        known = np.concatenate([self._best, np.broadcast_to(references, (len(self._own), len(references)))], axis=1)
        best = np.argpartition(-cosines, _RANKS - 1, axis=1)[:, :_RANKS]
        self._cosines = np.take_along_axis(cosines, best, axis=1)
        self._best = np.take_along_axis(known, best, axis=1)

    def choose(self, index: CompactIndex) -> tuple[int, int, float]:
        """Return how many references the second step reads, how many candidates are compared, and the recall of both,
        0 to 1.
        """
        most = max(_FROM, _COMPARED // self._asked.shape[1])
        steps = [_FROM << step for step in range((most // _FROM).bit_length())]
        steps = [step for step in steps if step < len(index)] or [len(index)]
        all_read = min(max(_READ, steps[-1]), len(index))
        found = index.nearest(self._asked, min(steps[-1] + 1, len(index)), all_read)
        compared = next((step for step in steps if self._recall(found[:, : step + 1]) >= WANTED), steps[-1])
        possible = min(WANTED, self._recall(found[:, : compared + 1]))
        read = min(compared, len(index))
        while True:
            recall = self._recall(index.nearest(self._asked, min(compared + 1, len(index)), read))
            if recall >= possible - 0.005 or read >= all_read:
                return read, compared, recall
            read = min(2 * read, all_read)

    def _recall(self, found: NDArray[np.int64]) -> float:
        order = np.argsort(-self._cosines, axis=1)[:, _EASY:]
        wanted = np.isfinite(np.take_along_axis(self._cosines, order, axis=1))
        counting = np.take_along_axis(self._best, order, axis=1)
        there = [np.isin(best, row) for best, row in zip(counting, found, strict=True)]
        return float((np.stack(there) & wanted).sum() / max(1, wanted.sum()))
