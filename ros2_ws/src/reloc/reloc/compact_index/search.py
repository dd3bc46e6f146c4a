"""Find candidates in an index with FAISS."""

from __future__ import annotations

from itertools import pairwise

import faiss
import numpy as np
from numpy.typing import NDArray

from reloc.compact_index.form import ZERO, IndexArrays
from reloc.compact_index.rows import Rows
from reloc.datatypes import Float32


class CompactIndex:
    """Finds references by shortened descriptors. FAISS gets checked arrays and never reads a file."""

    def __init__(self, arrays: IndexArrays, rows: Rows) -> None:
        """Fill FAISS's lists with the rows: P bytes a reference."""
        self.arrays = arrays
        count, width = arrays.centers.shape
        # A query is multiplied by the steps, so centers are divided by them. FAISS does not own their index.
        self._centers = faiss.IndexFlatIP(width)
        self._centers.add(np.ascontiguousarray(arrays.centers / arrays.steps))
        kind = faiss.ScalarQuantizer.QT_8bit_uniform
        found = faiss.IndexIVFScalarQuantizer(self._centers, width, count, kind, faiss.METRIC_INNER_PRODUCT, False)
        # It reads a code c as lowest + reach * (c + 0.5) / 255. So it is c - 128, exactly.
        faiss.copy_array_to_vector(np.array([-ZERO - 0.5, 255.0], np.float32), found.sq.trained)
        found.is_trained = True
        lists = found.invlists
        assert lists is not None
        names, offsets = arrays.references.astype(np.int64), arrays.offsets.tolist()
        for number, (start, stop) in enumerate(pairwise(offsets)):
            if stop > start:
                codes = np.ascontiguousarray(rows.between(start, stop))
                part = faiss.swig_ptr(names[start:stop]), faiss.swig_ptr(codes)
                lists.add_entries(number, stop - start, *part)
        found.ntotal = len(names)
        self._faiss = found

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    def candidates(self, descriptor: Float32, count: int) -> NDArray[np.int64]:
        """Return the ``count`` references nearest to a descriptor (D,), best first. More lists are read if some hold
        too few.
        """
        count = min(count, len(self))
        read = self.arrays.lists_read
        while True:
            found = self.nearest(descriptor[None], count, read)[0]
            if read >= self._faiss.nlist or found[-1] >= 0:
                return np.asarray(found[found >= 0])
            read *= 4

    def nearest(self, descriptors: Float32, count: int, read: int) -> NDArray[np.int64]:
        """Return the references (K, count) nearest to descriptors (K, D), -1 for none, from ``read`` lists each."""
        reading = faiss.SearchParametersIVF()
        reading.nprobe = min(read, self._faiss.nlist)
        asked = (descriptors @ self.arrays.projection) * self.arrays.steps
        return np.asarray(self._faiss.search(np.ascontiguousarray(asked, np.float32), count, params=reading)[1])
