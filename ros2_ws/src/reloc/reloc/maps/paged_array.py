"""An array of a map of which only pages are in memory: those that were used last, within a limit.

The file stays open and is read by position. It is never mapped into memory, so shortening it cannot end the process.
"""

from __future__ import annotations

import hashlib
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.errors import MapChangedError, MapHashError, MapIncompleteError
from reloc.maps import page_hashes
from reloc.maps.manifest import FileEntry
from reloc.maps.npy import HEADER, header_in
from reloc.maps.page_cache import PageCache
from reloc.maps.private_copy import PrivateCopies

_FIX = "Build or fetch the map again"


class PagedArray:
    """A listed array whose first axis is read in parts. Several threads may use it."""

    def __init__(
        self, folder: Path, entry: FileEntry, copies: PrivateCopies, cache: PageCache, hashes: tuple[str, ...] | None
    ) -> None:
        """Open the file and read its header.

        Args:
            hashes: of its pages; each page is compared with its hash when it is read. None: the map lists none.

        Raises:
            MapIncompleteError: it is missing, unreadable, of another size than listed, or not an array of numbers.
            MapHashError: it is not an array, or ``hashes`` are not those of as many pages.
        """
        self._name, self._cache, self._hashes = f"{folder}/{entry.path}", cache, hashes
        self._path, self._size = entry.path, entry.size
        if hashes is not None and len(hashes) != page_hashes.count(entry.size):
            raise MapHashError(f"{self._name} has another number of pages than {page_hashes.FILE} beside it", _FIX)
        self._handle = copies.open(entry)
        self._mark = self._now()
        header = header_in(self._read(0, HEADER), entry.size, self._name)
        if header.fortran and len(header.shape) > 1:
            raise MapIncompleteError(f"{self._name} is stored by columns; an array stored by rows is expected", _FIX)
        self.shape, self.dtype, self._begin = header.shape, header.dtype, header.offset
        self.row_bytes = math.prod(header.shape[1:]) * header.dtype.itemsize
        self._seen: set[int] = set()

    @property
    def values(self) -> NDArray[Any]:
        """The whole array, read anew: no part of it stays."""
        return self.rows(0, self.shape[0], keep=False)

    def rows(self, start: int, stop: int, keep: bool = True) -> NDArray[Any]:
        """Return rows (stop - start, ...), read-only.

        Args:
            keep: keep the pages in memory as long as there is room. Without it they are read beside the others, and
                each is compared with its hash once.

        Raises:
            MapHashError: a page differs from its hash.
            MapChangedError: the file was written to since it was opened.
            MapIncompleteError: a page cannot be read.
        """
        start, stop = max(0, start), min(stop, self.shape[0])
        if stop <= start or not self.row_bytes:
            return np.zeros((max(0, stop - start), *self.shape[1:]), self.dtype)
        begin, end = self._begin + start * self.row_bytes, self._begin + stop * self.row_bytes
        size = page_hashes.PAGE
        content = b"".join(
            self._page(number, keep)[max(0, begin - number * size) : end - number * size]
            for number in range(begin // size, (end - 1) // size + 1)
        )
        return np.frombuffer(content, self.dtype).reshape(stop - start, *self.shape[1:])

    def _page(self, number: int, keep: bool) -> bytes:
        if keep:
            return self._cache.page((self._path, number), lambda: self._load(number))
        content = self._load(number, checked=number in self._seen)
        self._seen.add(number)
        return content

    def _load(self, number: int, checked: bool = False) -> bytes:
        begin = number * page_hashes.PAGE
        end = min(begin + page_hashes.PAGE, self._size)
        content, where = self._read(begin, end - begin), f"{self._name}, bytes {begin} to {end},"
        if len(content) < end - begin:
            raise MapChangedError(f"{where} was cut off after the map was opened", "Open the map again")
        changed = self._now() != self._mark
        if self._hashes is None:
            if changed:
                raise MapChangedError(f"{where} was written to after the map was opened", "Open the map again")
        elif (changed or not checked) and hashlib.sha256(content).hexdigest() != self._hashes[number]:
            raise MapHashError(f"{where} is not what the map was built with", _FIX)
        return content

    def _read(self, begin: int, size: int) -> bytes:
        """Read ``size`` bytes, or fewer at the end of the file."""
        try:
            return os.pread(self._handle, size, begin)
        except OSError as error:
            raise MapIncompleteError(f"{self._name} cannot be read at {begin}: {error.strerror}", _FIX) from error

    def _now(self) -> tuple[int, int]:
        found = os.fstat(self._handle)
        return found.st_size, found.st_mtime_ns

    def __del__(self) -> None:
        if hasattr(self, "_handle"):
            os.close(self._handle)
