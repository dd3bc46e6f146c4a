"""Find candidates in an index with FAISS."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from reloc.compact_index import signs
from reloc.compact_index.form import IndexArrays
from reloc.compact_index.rows import Rows
from reloc.compact_index.shortening import Shortening
from reloc.datatypes import Float32, UInt8
from reloc.threads import parallel

_UNTYPED: Any = faiss  # its types lack some of what is used here
_PIECE = 1 << 16  # references
_PARTS = 2  # searched at once; the number is fixed, so that results do not depend on the machine
_LITTLE = np.float32(2.0**-10)  # so that the numbers of the first step do not count in the second
_MARGIN = 64  # a part reads its share of what is read, and this many more


class CompactIndex:
    """Finds references by signs. FAISS gets checked arrays and never reads a file."""

    def __init__(self, arrays: IndexArrays, rows: Rows) -> None:
        """Fill FAISS with the rows: P / 8 + R / 8 bytes a reference."""
        self.arrays = arrays
        self._shortening = Shortening(arrays.rotation, arrays.projection)
        self._count = rows.shape[0]
        parts = min(_PARTS, self._count)
        self._parts = [_Part(arrays, number, parts, self._count) for number in range(parts)]
        for start in range(0, self._count, _PIECE):
            piece = rows.between(start, min(start + _PIECE, self._count))
            for part in self._parts:
                part.add(piece, start)
        for part in self._parts:
            part.finish()

    def __len__(self) -> int:
        return self._count

    def candidates(self, descriptor: Float32, count: int) -> NDArray[np.int64]:
        """Return the ``count`` references nearest to a descriptor (D,), best first."""
        found = self.nearest(descriptor[None], count, self.arrays.read)[0]
        return np.asarray(found[found >= 0])

    def nearest(self, descriptors: Float32, count: int, read: int) -> NDArray[np.int64]:
        """Return the references (K, count) nearest to descriptors (K, D), best first; -1 for none.

        Args:
            count: at most as many as there are.
            read: the second step reads the signs of this many, or of ``count`` if that is more.
        """
        count = min(count, len(self))
        first, second = self._shortening.asked(descriptors)
        asked = np.concatenate([_LITTLE * first, second], axis=1)
        found = parallel(lambda part: part.search(asked, count, max(read, count)), self._parts)
        products, names = (np.concatenate(both, axis=1) for both in zip(*found, strict=True))
        order = np.argsort(-products, axis=1, kind="stable")[:, :count]
        return np.asarray(np.take_along_axis(names, order, axis=1))


class _Part:
    """Every N-th reference: those of one place, which follow one another, are in all parts."""

    def __init__(self, arrays: IndexArrays, number: int, parts: int, references: int) -> None:
        """Begin an empty one."""
        self._number, self._parts, self._done = number, parts, 0
        count = -(-(references - number) // parts)
        self._width, rotated = arrays.projection.shape[1], len(arrays.rotation.flips)
        self._all, self._every_sign = signs.every(self._width + rotated, count)
        self._few_signs = np.empty((count, self._width // 8), np.uint8)

    def add(self, piece: UInt8, start: int) -> None:
        """Take its own of the rows (K, P / 8 + R / 8) of the references from ``start`` on."""
        mine = piece[(self._number - start) % self._parts :: self._parts]
        until = self._done + len(mine)
        self._every_sign[self._done : until] = mine
        self._few_signs[self._done : until] = mine[:, : self._width // 8]
        self._done = until

    def finish(self) -> None:
        """Take no more."""
        self._few = signs.few(self._few_signs)
        del self._few_signs
        self._first = _UNTYPED.RemapDimensionsTransform(self._all.d, self._width, False)  # False: the first ones
        self._read = _UNTYPED.IndexPreTransform(self._first, self._few)
        self._faiss = _UNTYPED.IndexRefine(self._read, self._all)

    def search(self, asked: Float32, count: int, read: int) -> tuple[Float32, NDArray[np.int64]]:
        """Return inner products and references, (K, M) each, M at most ``count``; -1 for none."""
        here = self._all.ntotal
        read = min(-(-read // self._parts) + _MARGIN, here)
        count = min(count, read)
        if read == here:  # the first step, which rounds, may lose the last ones
            products, names = self._all.search(asked, count)
        else:
            reading = _UNTYPED.IndexRefineSearchParameters(k_factor=(read + 0.5) / count)  # it rounds down
            products, names = self._faiss.search(asked, count, params=reading)
        there = names >= 0
        found = np.where(there, names * self._parts + self._number, -1)
        return np.where(there, products, -np.inf).astype(np.float32), found.astype(np.int64)
