"""Global descriptors of a map's references when references come or go: what was learned stays, rows change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc import plugins
from reloc.compact_index import sizes
from reloc.compact_index.building import IndexBuilder
from reloc.config import from_mapping
from reloc.datatypes import Int8, LocalFeatures
from reloc.errors import MapFeatureError
from reloc.maps import compact, layout
from reloc.maps.building import arrays, retrieval
from reloc.maps.building.references import IngestedReferences
from reloc.maps.editing.kinds import Kind
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.rows_on_disk import RowsOnDisk

_DESCRIPTORS = "descriptors"
_PIECE = 1024  # references, 8 MB of VLAD


def rewrite(
    kind: Kind, content: Path, keep: NDArray[np.bool_] | None = None, more: Callable[[str], Int8] | None = None
) -> None:
    """Write the global descriptors that lie with a kind of features, and the index of a map with many references.

    Rows are copied in pieces, so that all of them never lie in memory. The index is made anew from the rows that are
    there: how many candidates a search must compare depends on all of them.

    Args:
        keep: (N,) which references stay; None keeps all.
        more: returns the rows (M, D) that follow, for the name of a retriever.

    Raises:
        MapFeatureError: rows that follow have another length than those of the map.
        MapIncompleteError, MapHashError, MapChangedError: the map's own rows are damaged, or were written to.
    """
    for name in kind.retrievers:
        place = f"{layout.RETRIEVAL}/{name}"
        stored = kind.view.rows_on_disk(place, _DESCRIPTORS)
        new = more(name) if more is not None else np.zeros((0, stored.shape[1]), np.int8)
        if new.shape[1:] != stored.shape[1:]:
            raise MapFeatureError(
                f"{name!r} descriptors of {new.shape[1:]} numbers; the map has {stored.shape[1:]}",
                "Build the map again",
            )
        rows = _Rows(stored, np.arange(stored.shape[0]) if keep is None else np.flatnonzero(keep), new)
        _write(rows, kind.view.arrays(place, skip=_DESCRIPTORS), content, kind.place(place))


def described(view: ReferenceMap, name: str, references: IngestedReferences, features: Sequence[LocalFeatures]) -> Int8:
    """Return the rows of further references, by what the map's retriever has learned."""
    plugin = plugins.load_told(retrieval.PACKAGE, name)
    place = f"{layout.RETRIEVAL}/{name}"
    none = np.zeros((0, view.rows_on_disk(place, _DESCRIPTORS).shape[1]), np.int8)
    descriptor = plugin(from_mapping(plugin.Config, {}), view.arrays(place, skip=_DESCRIPTORS) | {_DESCRIPTORS: none})
    return compact.pack_rows(
        np.stack([descriptor.describe(references.gray(i), found) for i, found in enumerate(features)])
    )


class _Rows:
    """The rows (N, D) of a new version: some of those on disk, then new ones."""

    def __init__(self, stored: RowsOnDisk, kept: NDArray[np.intp], new: Int8) -> None:
        self._stored, self._kept, self._new = stored, kept, new
        self.shape = len(kept) + len(new), stored.shape[1]

    def take(self, indices: NDArray[np.intp]) -> Int8:
        """Return rows (K, D)."""
        old = indices < len(self._kept)
        rows = np.empty((len(indices), self.shape[1]), np.int8)
        found = self._stored.take(self._kept[indices[old]])
        rows[old] = compact.pack_rows(found) if found.dtype.kind == "f" else found  # maps of before hold plain numbers
        rows[~old] = self._new[indices[~old] - len(self._kept)]
        return rows

    def pieces(self) -> Iterator[Int8]:
        """Yield all rows in order."""
        for start in range(0, self.shape[0], _PIECE):
            yield self.take(np.arange(start, min(start + _PIECE, self.shape[0])))


def _write(rows: _Rows, learned: dict[str, NDArray[Any]], content: Path, place: str) -> None:
    index = None
    if rows.shape[0] > sizes.LEARNED_FROM and not sizes.is_exact(*rows.shape):
        chosen = np.unique(np.linspace(0, rows.shape[0] - 1, sizes.LEARNED_FROM).astype(int))
        index = IndexBuilder(compact.rows_of(rows.take(chosen)), chosen, rows.shape[0])
    arrays.store(content, place, learned)
    file = content / layout.arrays_folder(place) / f"{_DESCRIPTORS}.npy"
    with arrays.rows_of_array(file, rows.shape, np.int8) as write:
        for piece in rows.pieces():
            write(piece)
            if index is not None:
                index.add(compact.rows_of(piece), piece)
    if index is not None:
        found, short = index.finish()
        arrays.store(content, f"{place}/{layout.INDEX}", found.to_arrays() | {layout.INDEX_ROWS: short})
