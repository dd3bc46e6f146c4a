"""Read single rows of a large array of a map from its file, without a copy of the array.

The file is opened once and read by position. It is never mapped into memory, so shortening it cannot end the process.
An open file outlives its name: a map may be deleted or replaced by another one. Writing into the file changes its time
or its size, which each reading compares with those at opening.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.errors import MapChangedError, MapHashError, MapIncompleteError
from reloc.maps.manifest import FileEntry
from reloc.maps.npy import HEADER, header_in
from reloc.maps.private_copy import PrivateCopies

_FIX = "Build or fetch the map again"
_PIECE = 1 << 20


class RowsOnDisk:
    """The rows of a listed array (N, D). Several threads may use it."""

    def __init__(self, folder: Path, entry: FileEntry, verify: bool) -> None:
        """Open the file.

        Args:
            verify: also compare its content's hash with the listed one, about 1 s per GB.

        Raises:
            MapIncompleteError: it is missing, unreadable, of another size than listed, or not a matrix of numbers.
            MapHashError: it is not an array, or its content differs from the list.
        """
        self._name = f"{folder}/{entry.path}"
        self._handle = PrivateCopies(folder).open(entry)
        self._mark = self._now()
        if verify and self._hash() != entry.sha256:
            raise MapHashError(f"{self._name} is not the file that the map was built with", _FIX)
        header = header_in(self._read(HEADER, 0), entry.size, self._name)
        if len(header.shape) != 2 or header.fortran:
            raise MapIncompleteError(f"{self._name} is {header.shape}; a matrix stored by rows is expected", _FIX)
        self.shape, self.dtype = (header.shape[0], header.shape[1]), header.dtype
        self._begin, self._row = header.offset, header.shape[1] * header.dtype.itemsize

    def between(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows (stop - start, D).

        Raises:
            MapChangedError: the file was written to since it was opened.
        """
        content = self._read((stop - start) * self._row, self._begin + start * self._row)
        self._check_unchanged(len(content) == (stop - start) * self._row)
        return np.frombuffer(content, self.dtype).reshape(stop - start, self.shape[1])

    def take(self, indices: NDArray[np.integer[Any]]) -> NDArray[Any]:
        """Return the rows (K, D) of ``indices`` (K,).

        Raises:
            MapChangedError: the file was written to since it was opened.
        """
        rows = np.empty((len(indices), self.shape[1]), self.dtype)
        whole = True
        for row, index in zip(rows, indices.tolist(), strict=True):
            whole &= os.preadv(self._handle, [row.data], self._begin + index * self._row) == self._row
        self._check_unchanged(whole)
        return rows

    def _check_unchanged(self, whole: bool) -> None:
        if not whole or self._now() != self._mark:
            raise MapChangedError(f"{self._name} was written to after the map was opened", "Open the map again")

    def _now(self) -> tuple[int, int]:
        found = os.fstat(self._handle)
        return found.st_size, found.st_mtime_ns

    def _read(self, size: int, at: int) -> bytes:
        """Read ``size`` bytes, or fewer at the end of the file."""
        pieces = []
        while size > 0:
            try:
                pieces.append(os.pread(self._handle, size, at))
            except OSError as error:
                raise MapIncompleteError(f"{self._name} cannot be read: {error.strerror}", _FIX) from error
            if not pieces[-1]:
                break
            size, at = size - len(pieces[-1]), at + len(pieces[-1])
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _hash(self) -> str:
        digest, at = hashlib.sha256(), 0
        while piece := self._read(_PIECE, at):
            digest.update(piece)
            at += len(piece)
        return digest.hexdigest()

    def __del__(self) -> None:
        if hasattr(self, "_handle"):
            os.close(self._handle)
