"""A map that is being fetched: pages arrive in any order, and progress survives a restart. It uses no ROS."""

from __future__ import annotations

import bisect
import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from reloc.errors import MapError, TransferError
from reloc.maps.integrity import sha256_of
from reloc.maps.reference_map import ReferenceMap
from reloc_node.map_transfer.cache import cached_map, make_room
from reloc_node.map_transfer.cache_lock import HashLock
from reloc_node.map_transfer.checks import RESERVED as _DONE  # one bit per page, 1 if it has arrived
from reloc_node.map_transfer.checks import TransferLimits, check_hash, check_sizes, check_table
from reloc_node.map_transfer.map_pages import PagedFile
from reloc_node.map_transfer.page_set import PageSet

__all__ = ["MapDownload", "cached_map"]

_FIX = "Fetch the map again"
P = ParamSpec("P")
R = TypeVar("R")


def _names_the_system(method: Callable[P, R]) -> Callable[P, R]:
    """Turn disk errors into TransferError: a full disk is tried again, because space may be free by then."""

    @wraps(method)
    def named(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return method(*args, **kwargs)
        except OSError as error:
            reason = error.strerror or str(error)
            raise TransferError(
                f"Cannot write to the map cache: {reason} ({error.filename})" if error.filename
                else f"Cannot write to the map cache: {reason}",
                "Free disk space or set the parameter map_cache; the transfer continues by itself",
            ) from error  # fmt: skip

    return named


class MapDownload:
    """Files in ``<cache>/<hash>.*.partial`` until all pages are there and correct, then ``<cache>/<hash>``.

    Use it in a ``with`` block: one process at a time fetches a map into a cache. Nothing is written before the first
    page with a correct checksum.
    """

    def __init__(
        self,
        cache: Path,
        content_hash: str,
        files: Sequence[PagedFile],
        size_bytes: int,
        page_bytes: int,
        limits: TransferLimits | None = None,
    ) -> None:
        """Begin a download, or continue an earlier one.

        Raises:
            MapOfferError: the hash is invalid, or the sizes are above the limits. No memory was allocated.
            TransferError: the table of files does not match, or leads outside the map.
        """
        self._limits = limits or TransferLimits()
        self._hash = check_hash(content_hash)
        check_sizes(size_bytes, page_bytes, self._limits)
        check_table(files, size_bytes)
        self._files = tuple(files)
        self._ends = [file.offset + file.size for file in files]
        self._size, self._page = size_bytes, page_bytes
        self._cache, self._target = cache, cache / content_hash
        # The page size is part of the name: a download cannot continue with another page size.
        self.folder = cache / f"{content_hash}.{page_bytes}.partial"
        self.page_count = -(-size_bytes // page_bytes)
        self.missing = PageSet(self.page_count)
        self._begun = False
        self._lock: HashLock | None = None

    @_names_the_system
    def __enter__(self) -> Self:
        """Lock the map in the cache.

        Raises:
            TransferError: another process fetches or uses it, or the cache cannot be written.
        """
        self._cache.mkdir(parents=True, exist_ok=True)
        self._lock = HashLock(self._cache, self._hash)
        if not self._lock.exclusive():
            self._unlock()
            raise TransferError(f"Another process fetches the map into {self._target}", "Wait until it has finished")
        self.missing = PageSet(self.page_count, self._read_done())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._unlock()

    def length_of(self, number: int) -> int:
        """Return how many bytes page ``number`` has.

        Raises:
            TransferError: there is no such page.
        """
        if not 0 <= number < self.page_count:
            raise TransferError(f"There is no page {number} of {self.page_count}", _FIX)
        return min(self._page, self._size - number * self._page)

    @_names_the_system
    def write(self, number: int, data: bytes | memoryview, sha256: str) -> None:
        """Store a page.

        Raises:
            TransferError: the page has a wrong length or checksum, or the disk is full.
        """
        expected = self.length_of(number)
        if len(data) != expected:
            raise TransferError(f"Page {number} has {len(data)} bytes instead of {expected}", _FIX)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise TransferError(f"Page {number} was damaged in transfer: its checksum does not match", _FIX)
        self._begin()
        offset, view = number * self._page, memoryview(data)
        for file in self._files[bisect.bisect_right(self._ends, offset) :]:
            first, last = max(offset, file.offset), min(offset + len(data), file.offset + file.size)
            if file.offset >= offset + len(data):
                break
            if first < last:
                self._write_file(file, first - file.offset, view[first - offset : last - offset])
        at = self.missing.add(number)
        with (self.folder / _DONE).open("r+b") as stream:
            stream.seek(at)
            stream.write(self.missing.byte(at))

    @_names_the_system
    def finish(self) -> ReferenceMap:
        """Check everything and move the map to its final place.

        Raises:
            TransferError: pages are missing, or a file differs from the table; it is fetched again next time.
            MapError: the files are correct, but are not a map that can be opened.
        """
        if self.missing:
            raise TransferError(f"{len(self.missing)} of {self.page_count} pages are missing", _FIX)
        self._begin()
        for file in self._files:
            path = self.folder / file.path
            if file.size == 0:
                self._write_file(file, 0, memoryview(b""))
            if path.is_symlink() or not self._is_file(path, file):
                self.discard()
                raise TransferError(f"{file.path} differs from the file that the server listed", _FIX)
        (self.folder / _DONE).unlink()
        try:
            opened = ReferenceMap.open(self.folder, verify=False)  # the hashes were just compared
        except MapError:
            self.discard()  # fetching the same pages again would give the same map
            raise
        if opened.content_hash != self._hash:
            self.discard()
            raise TransferError(f"The fetched map has the hash {opened.content_hash}, not {self._hash}", _FIX)
        if self._target.is_symlink() or self._target.is_file():  # it is not a map, and blocks the map's place
            self._target.unlink()
        self.folder.replace(self._target)
        return ReferenceMap.open(self._target, verify=False, memory_limit_mb=self._limits.memory_mb)

    def discard(self) -> None:
        """Delete what was received."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.missing = PageSet(self.page_count)
        self._begun = False

    def keep_lock(self) -> HashLock | None:
        """Hand over the lock, now shared, to the user of the map."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.shared()
        return lock

    def _begin(self) -> None:
        """Create the folder when the first page arrived."""
        if self._begun:
            return
        make_room(self._cache, self._hash, self._size, self._limits)
        self.folder.mkdir(exist_ok=True)
        done = self.folder / _DONE
        length = PageSet.bytes_for(self.page_count)
        if not done.is_file() or done.stat().st_size != length:
            done.write_bytes(bytes(length))
        self._begun = True

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _read_done(self) -> bytes | None:
        with suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError):
            done = self.folder / _DONE
            if done.stat().st_size == PageSet.bytes_for(self.page_count) and done.is_file():
                return done.read_bytes()
        return None

    def _is_file(self, path: Path, file: PagedFile) -> bool:
        try:
            return path.stat().st_size == file.size and sha256_of(path) == file.sha256
        except (FileNotFoundError, NotADirectoryError, MapError):
            return False

    def _write_file(self, file: PagedFile, start: int, piece: memoryview) -> None:
        path = self.folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        with os.fdopen(descriptor, "wb", closefd=True) as stream:
            stream.seek(start)
            stream.write(piece)
