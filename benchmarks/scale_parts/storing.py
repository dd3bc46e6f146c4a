"""Store descriptors and their index as a build does, and find the truth for queries on the way."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
from descriptor_model.fitted import DescriptorModel

from reloc.compact_index import sizes
from reloc.compact_index.building import IndexBuilder
from reloc.datatypes import Float32
from reloc.maps import compact
from reloc.maps.building import arrays

QUERIES = 200
RANKS = 30
_PIECE = 2048  # views that are made at once
_SAMPLE, _PIECES = 2048, 64


def store(model: DescriptorModel, count: int, seed: int, folder: Path) -> dict[str, Any]:
    """Make ``count`` descriptors, store them in ``folder`` with queries and their nearest references, and return
    processor time of the build: learning, shortening, grouping, and measuring the effort.
    """
    folder.mkdir(parents=True)
    width = len(model.mean)
    at = np.linspace(0, count - 1, min(QUERIES, count)).astype(int)
    truth = _Truth(model.queries(count, seed, _PIECE, at))
    index, spent = None, 0.0
    if not sizes.is_exact(count, width):
        sample, sampled = _sample(model, count, seed)
        began = time.process_time()
        index = IndexBuilder(sample, sampled, count)
        spent += time.process_time() - began
        del sample
    start = 0
    with arrays.rows_of_array(folder / "descriptors.npy", (count, width), np.int8) as write:
        for rows in model.views(count, seed, _PIECE):
            truth.see(rows, start)
            began = time.process_time()
            packed = compact.pack_rows(rows)
            write(packed)
            if index is not None:
                index.add(rows, packed)
            spent += time.process_time() - began
            start += len(rows)
    if index is not None:
        began = time.process_time()
        found, short = index.finish()
        spent += time.process_time() - began
        arrays.store(folder, "index", found.to_arrays() | {"rows": short})
    np.savez(folder / "queries.npz", queries=truth.queries, nearest=truth.ordered())
    return {"references": count, "build_s": spent}


def _sample(model: DescriptorModel, count: int, seed: int) -> tuple[Float32, np.ndarray]:
    """Return views (S, D) from evenly spread pieces, and their numbers (S,). A build describes these first."""
    starts = np.arange(0, count, _PIECE)
    starts = starts[np.unique(np.linspace(0, len(starts) - 1, min(len(starts), _PIECES)).astype(int))]
    found, numbers = [], []
    for start in starts.tolist():
        rows = model.views_from(start, count, seed, _PIECE)
        at = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _SAMPLE // len(starts))).astype(int))
        found.append(rows[at])
        numbers.append(start + at)
    return np.concatenate(found), np.concatenate(numbers)


class _Truth:
    """The most similar references of each query, by exact search."""

    def __init__(self, queries: Float32) -> None:
        self.queries = queries
        self._cosines = np.full((len(queries), RANKS), -np.inf, np.float32)
        self._best = np.full((len(queries), RANKS), -1)

    def see(self, rows: Float32, start: int) -> None:
        cosines = np.concatenate([self._cosines, self.queries @ rows.T], axis=1)
        numbers = np.broadcast_to(np.arange(start, start + len(rows)), (len(self.queries), len(rows)))
        best = np.argpartition(-cosines, RANKS - 1, axis=1)[:, :RANKS]
        self._best = np.take_along_axis(np.concatenate([self._best, numbers], axis=1), best, axis=1)
        self._cosines = np.take_along_axis(cosines, best, axis=1)

    def ordered(self) -> np.ndarray:
        return np.take_along_axis(self._best, np.argsort(-self._cosines, axis=1), axis=1)
