"""Hold an array's file open, and copy its numbers for this process alone when they are first used.

Opening a map without hashes would otherwise read all of it. The open file stays readable if the map is deleted or
replaced. If somebody writes into it, the copy is compared with the hash that the manifest lists: the array is then the
listed one, or a named error. It is never mapped into memory, so a shortened file cannot end the process.
"""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.errors import MapChangedError, MapHashError, MapIncompleteError
from reloc.maps.manifest import FileEntry
from reloc.maps.npy import HEADER, array_in, header_in
from reloc.maps.private_copy import PrivateCopies
from reloc.parsing.npy_file import Header

_FIX = "Build or fetch the map again"
_AT_MOST = 128  # open files in this process; beyond it arrays are copied at once
_TICK_NS = 50_000_000  # clocks of file systems are coarser than the system's

_lock = threading.Lock()
_open_files = 0


class HeldArray:
    """An array of a map: its form is known, its numbers are copied at first use. Several threads may use it."""

    __slots__ = ("_file", "_lock", "_values", "dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any], held: NDArray[Any] | _OpenFile) -> None:
        """Use :meth:`of` or :meth:`hold`."""
        self.shape, self.dtype = shape, dtype
        self._values = held if isinstance(held, np.ndarray) else None
        self._file = held if isinstance(held, _OpenFile) else None
        self._lock = threading.Lock()

    @classmethod
    def of(cls, values: NDArray[Any]) -> HeldArray:
        """Return an array that is already in memory."""
        return cls(values.shape, values.dtype, values)

    @classmethod
    def hold(cls, folder: Path, entry: FileEntry, copies: PrivateCopies) -> HeldArray:
        """Open the file of a listed array and read its header.

        Raises:
            MapIncompleteError: it is missing, unreadable, of another size than listed, or not an array of numbers.
            MapHashError: it is not an array.
        """
        if _open_files >= _AT_MOST:
            return cls.of(array_in(copies.read(entry, verify=False), f"{folder}/{entry.path}"))
        file = _OpenFile(folder, entry, copies)
        header = file.header()
        return cls(header.shape, header.dtype, file)

    @property
    def values(self) -> NDArray[Any]:
        """The array, read-only.

        Raises:
            MapChangedError: its file was written to before the array was first used.
        """
        if self._values is not None:
            return self._values
        with self._lock:
            if self._values is None:
                assert self._file is not None
                self._values = self._file.array()
                self._file = None  # closes it
            return self._values

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Return rows (stop - start, ...), a view.

        Raises:
            MapChangedError: its file was written to before the array was first used.
        """
        return self.values[start:stop]


class _OpenFile:
    """A listed file that stays open until its content is copied; closed when it is no longer referred to."""

    def __init__(self, folder: Path, entry: FileEntry, copies: PrivateCopies) -> None:
        self._name, self._entry, self._copies = f"{folder}/{entry.path}", entry, copies
        self._opened_ns = time.time_ns()
        self._handle = copies.open(entry)
        _count(1)
        self._mark = _mark(self._handle)

    def header(self) -> Header:
        """Return the array's header."""
        try:
            return header_in(os.pread(self._handle, HEADER, 0), self._entry.size, self._name)
        except OSError as error:
            raise MapIncompleteError(f"{self._name} cannot be read: {error.strerror}", _FIX) from error

    def array(self) -> NDArray[Any]:
        """Return the array, copied and checked."""
        try:
            content = self._copies.copy(self._handle, self._entry, verify=False)
            if self._was_touched():
                self._copies.compare(content, self._entry)
            return array_in(content, self._name)
        except (MapIncompleteError, MapHashError) as error:
            problem = f"{error.problem}: it was written to after the map was opened"
            raise MapChangedError(problem, "Open the map again") from error

    def _was_touched(self) -> bool:
        """Return whether somebody may have written to the file since it was opened; deleting it counts, too."""
        mark = _mark(self._handle)
        return mark != self._mark or mark[2] > self._opened_ns - _TICK_NS

    def __del__(self) -> None:
        if hasattr(self, "_handle"):
            os.close(self._handle)
            _count(-1)


def _mark(handle: int) -> tuple[int, int, int]:
    found = os.fstat(handle)
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _count(change: int) -> None:
    global _open_files
    with _lock:
        _open_files += change
