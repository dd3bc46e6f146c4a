"""Rows of an index, in memory or in a file."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Rows(Protocol):
    """Rows (N, P) that need not lie in memory."""

    shape: tuple[int, int]
    dtype: np.dtype[Any]

    def between(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows (stop - start, P)."""


class RowsInMemory:
    """Rows of an array."""

    def __init__(self, rows: NDArray[Any]) -> None:
        self.shape: tuple[int, int] = (rows.shape[0], rows.shape[1])
        self.dtype: np.dtype[Any] = rows.dtype
        self._rows = rows

    def between(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows (stop - start, P)."""
        return self._rows[start:stop]
