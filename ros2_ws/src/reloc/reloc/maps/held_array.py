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
from reloc.maps.npy import HEADER, array_in, array_of, header_in
from reloc.maps.private_copy import PrivateCopies

_AT_MOST = 128  # open files in this process; beyond it arrays are copied at once
_TICK_NS = 50_000_000  # clocks of file systems are coarser than the system's

_lock = threading.Lock()
_open_files = 0


class HeldArray:
    """An array of a map: its form is known, its numbers are copied at first use. Several threads may use it."""

    __slots__ = ("_copies", "_entry", "_file", "_handle", "_lock", "_mark", "_opened_ns", "_values", "dtype", "shape")

    def __init__(self, shape: tuple[int, ...], dtype: np.dtype[Any], values: NDArray[Any] | None = None) -> None:
        """Use :meth:`of` or :meth:`hold`."""
        self.shape, self.dtype = shape, dtype
        self._values = values
        self._handle = -1
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
        where = f"{folder}/{entry.path}"
        if not _take_one():
            return cls.of(array_in(copies.read(entry, verify=False), where))
        opened_ns, handle, held = time.time_ns(), -1, None
        try:
            handle = copies.open(entry)
            mark = _mark(handle)
            header = header_in(os.pread(handle, HEADER, 0), entry.size, where)
            held = cls(header.shape, header.dtype)
            held._handle, held._entry, held._copies, held._file = handle, entry, copies, where
            held._opened_ns, held._mark = opened_ns, mark
        except OSError as error:
            raise MapIncompleteError(f"{where} cannot be read: {error.strerror}", "Build or fetch it again") from error
        finally:
            if held is None:
                _give_back(handle)
        return held

    @property
    def values(self) -> NDArray[Any]:
        """The array, read-only.

        Raises:
            MapChangedError: its file was written to before the array was first used.
        """
        if self._values is None:
            with self._lock:
                if self._values is None:
                    self._values = self._copied()
                    self._close()
        return self._values

    def _copied(self) -> NDArray[Any]:
        try:
            content = self._copies.copy(self._handle, self._entry, verify=False)
            if self._was_touched():
                self._copies.compare(content, self._entry)
            return array_of(content, header_in(content[:HEADER].tobytes(), self._entry.size, self._file))
        except (MapIncompleteError, MapHashError) as error:
            problem = f"{error.problem}: it was written to after the map was opened"
            raise MapChangedError(problem, "Open the map again") from error

    def _was_touched(self) -> bool:
        """Return whether somebody may have written to the file since it was opened; deleting it counts, too."""
        mark = _mark(self._handle)
        return mark != self._mark or mark[-1] > self._opened_ns - _TICK_NS

    def _close(self) -> None:
        handle, self._handle = self._handle, -1
        if handle >= 0:
            _give_back(handle)

    def __del__(self) -> None:
        self._close()


def _mark(handle: int) -> tuple[int, int, int]:
    found = os.fstat(handle)
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _take_one() -> bool:
    global _open_files
    with _lock:
        free = _open_files < _AT_MOST
        _open_files += free
    return free


def _give_back(handle: int) -> None:
    global _open_files
    if handle >= 0:
        os.close(handle)
    with _lock:
        _open_files -= 1
