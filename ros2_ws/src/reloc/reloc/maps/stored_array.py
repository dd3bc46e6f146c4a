"""An array of an opened map, in memory or on disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from numpy.typing import NDArray

from reloc.maps.held_array import HeldArray
from reloc.maps.paged_array import PagedArray

Stored = HeldArray | PagedArray
_PIECE = 1 << 18  # rows


def in_pieces(stored: Stored) -> Iterator[NDArray[Any]]:
    """Yield all rows of an array in order, some at a time: one on disk never lies in memory as a whole."""
    for start in range(0, stored.shape[0], _PIECE):
        yield stored.rows(start, min(start + _PIECE, stored.shape[0]))
