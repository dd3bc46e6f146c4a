"""Inner products of numbers with signs, by FAISS.

1. Of a few signs of all references: FAISS's product quantizer adds up, for each code of four bits, a number that it
   looks up. Its codebook here holds all patterns of four signs, so the sum is the inner product.
2. Of all signs of a few references: FAISS's RaBitQ, without centers and with the same factor for all.
"""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np

from reloc.datatypes import Float32, UInt8

_UNTYPED: Any = faiss  # its types lack some of what is used here
_BITS = 4  # of a code of the product quantizer
_QUERY_BITS = 8  # of a query's number, for RaBitQ


def signs_of(numbers: Float32) -> UInt8:
    """Return the signs of numbers (N, P) as bits (N, P / 8); P is a multiple of 8."""
    return np.packbits(numbers > 0.0, axis=1, bitorder="little")


def few(codes: UInt8) -> Any:
    """Return an index of FAISS, an `IndexPQFastScan` of signs, from bits (N, P / 8)."""
    count, width = codes.shape
    found = _UNTYPED.IndexPQ(8 * width, 2 * width, _BITS, faiss.METRIC_INNER_PRODUCT)
    patterns = 2.0 * (np.arange(1 << _BITS)[:, None] >> np.arange(_BITS) & 1) - 1.0
    book = np.broadcast_to(patterns, (2 * width, *patterns.shape)).astype(np.float32)
    _UNTYPED.copy_array_to_vector(book.ravel(), found.pq.centroids)
    _UNTYPED.copy_array_to_vector(codes.ravel(), found.codes)
    found.is_trained, found.ntotal = True, count
    return _UNTYPED.IndexPQFastScan(found)


def every(numbers: int, references: int) -> tuple[Any, UInt8]:
    """Return an index of FAISS, an `IndexRaBitQ` of ``numbers`` signs a reference, and its bits (N, numbers / 8).

    The bits are to be filled.
    """
    found = _UNTYPED.IndexRaBitQ(numbers, faiss.METRIC_INNER_PRODUCT)
    found.qb = _QUERY_BITS
    found.train(np.zeros((1, numbers), np.float32))  # the center is 0
    found.codes.resize(references * found.code_size)
    found.ntotal = references
    codes: UInt8 = _UNTYPED.rev_swig_ptr(found.codes.data(), references * found.code_size).reshape(references, -1)
    codes[:, numbers // 8 :] = np.array([0.0, 1.0], np.float32).view(np.uint8)  # what is added, and the factor
    return found, codes[:, : numbers // 8]
