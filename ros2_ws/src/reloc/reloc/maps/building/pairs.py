"""Choose which references to match with one another: those whose views overlap."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from reloc.maps.building.references import IngestedReferences
from reloc.maps.building.view_index import candidates
from reloc.maps.building.view_overlap import ViewOverlap
from reloc.threads import usable_cores

Ints = NDArray[np.integer]
_BLOCK = 64  # references that a thread compares at once


def overlapping(references: IngestedReferences, neighbours: int) -> list[tuple[int, int]]:
    """Return pairs (i, j), i < j, sorted: all if there are few, else for each reference those that overlap most.

    Time and memory grow with the number of references.
    """
    count = len(references)
    if count - 1 <= neighbours:
        return [(i, j) for i in range(count) for j in range(i + 1, count)]
    return _best(seen_by_both(references, candidates(references.world_from_cam, neighbours)), range(count), neighbours)


def with_new(references: IngestedReferences, first: int, neighbours: int) -> list[tuple[int, int]]:
    """Return the same for the references from ``first`` on: what the others share with one another is not compared."""
    compared = with_row_or_column(candidates(references.world_from_cam, neighbours), first)
    return _best(seen_by_both(references, compared), range(first, len(references)), neighbours)


def between(compared: csr_matrix, first: int) -> csr_matrix:
    """Return what to compare of the references before ``first`` with those from it on."""
    return _only(compared, lambda row, column: (row >= first) != (column >= first))


def with_row_or_column(compared: csr_matrix, first: int) -> csr_matrix:
    """Return what to compare of the references from ``first`` on, with one another and with the others."""
    return _only(compared, lambda row, column: (row >= first) | (column >= first))


def _only(compared: csr_matrix, wanted: Callable[[Ints, Ints], NDArray[np.bool_]]) -> csr_matrix:
    all_of_them = compared.tocoo()
    chosen = wanted(all_of_them.row, all_of_them.col)
    places = all_of_them.row[chosen], all_of_them.col[chosen]
    some = csr_matrix((all_of_them.data[chosen], places), shape=compared.shape)
    some.sort_indices()
    return some


def _best(both: csr_matrix, of: range, neighbours: int) -> list[tuple[int, int]]:
    rows, columns = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for i in of:
        part = slice(both.indptr[i], both.indptr[i + 1])
        best = np.argsort(-both.data[part].astype(np.int64), kind="stable")[:neighbours]
        rows.append(np.full(len(best), i))
        columns.append(both.indices[part][best])
    first, second = np.concatenate(rows), np.concatenate(columns)
    pairs = np.unique(np.column_stack([np.minimum(first, second), np.maximum(first, second)]), axis=0)
    return [(int(i), int(j)) for i, j in pairs]


def seen_by_both(references: IngestedReferences, compared: csr_matrix) -> csr_matrix:
    """Return (N, N) how many view points of one another two references see, the fewer of both; nothing where none.

    Args:
        compared: (N, N) symmetric: which to compare.
    """
    views = ViewOverlap(references)

    def block(start: int) -> NDArray[np.uint8]:
        stop = min(start + _BLOCK, len(references))
        return np.concatenate([views.seen(i, _others(compared, i)) for i in range(start, stop)])

    with ThreadPoolExecutor(usable_cores()) as pool:
        counts = list(pool.map(block, range(0, len(references), _BLOCK)))
    seen = csr_matrix((np.concatenate(counts), compared.indices, compared.indptr), shape=compared.shape)
    both = seen.minimum(seen.T.tocsr())
    both.eliminate_zeros()
    both.sort_indices()
    return both


def _others(compared: csr_matrix, index: int) -> NDArray[np.intp]:
    others: NDArray[np.intp] = compared.indices[compared.indptr[index] : compared.indptr[index + 1]].astype(np.intp)
    return others
