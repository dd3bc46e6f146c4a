"""A map that is being fetched: pages come in any order, progress survives a restart. No ROS in here."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from reloc.errors import MapError, TransferError
from reloc.maps.integrity import sha256_of
from reloc.maps.manifest import is_inside
from reloc.maps.reference_map import ReferenceMap
from reloc_node.map_transfer.map_pages import PagedFile

_DONE = ".pages"  # one byte a page, 1 where it has come
_FIX = "Fetch the map again"


def cached_map(cache: Path, content_hash: str) -> ReferenceMap | None:
    """The map of that hash in the cache, checked; a damaged one is thrown away."""
    folder = cache / content_hash
    if not folder.is_dir():
        return None
    try:
        found = ReferenceMap.open(folder)
    except MapError:
        found = None
    if found is None or found.content_hash != content_hash:
        shutil.rmtree(folder, ignore_errors=True)
        return None
    return found


class MapDownload:
    """Files in ``<cache>/<hash>.*.partial`` until all pages are there and right, then ``<cache>/<hash>``.

    Used in a ``with``: one process at a time fetches a map into a cache.
    """

    def __init__(
        self, cache: Path, content_hash: str, files: Sequence[PagedFile], size_bytes: int, page_bytes: int
    ) -> None:
        """Begin, or go on where an earlier one ended.

        Raises:
            TransferError: the table of files does not fit, or leads outside the map.
        """
        _check_table(content_hash, files, size_bytes, page_bytes)
        self._files = tuple(files)
        self._size, self._page = size_bytes, page_bytes
        self._hash = content_hash
        self._target = cache / content_hash
        # The page size is part of the name: what was fetched in other pages cannot be continued.
        self.folder = cache / f"{content_hash}.{page_bytes}.partial"
        self.page_count = -(-size_bytes // page_bytes)
        self._done = bytearray(self.page_count)
        self._lock = -1

    def __enter__(self) -> Self:
        """Take hold of the folder.

        Raises:
            TransferError: another process fetches the same map, or the cache cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._target.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o644)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._unlock()
            raise TransferError(f"Another process fetches the map into {self._target}", "Wait for it") from None
        except OSError as error:
            raise TransferError(f"Cannot write to the map cache: {error}", "Set the parameter map_cache") from error
        self._done = self._read_done()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._unlock()

    @property
    def missing(self) -> tuple[int, ...]:
        """Numbers of the pages that are not there yet."""
        return tuple(number for number, done in enumerate(self._done) if not done)

    def write(self, number: int, data: bytes, sha256: str) -> None:
        """Take a page in.

        Raises:
            TransferError: it is of a wrong length, or not what its checksum says.
        """
        offset = number * self._page
        expected = min(self._page, self._size - offset)
        if len(data) != expected:
            raise TransferError(f"Page {number} has {len(data)} bytes instead of {expected}", _FIX)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise TransferError(f"Page {number} was damaged on its way: its checksum does not fit", _FIX)
        view = memoryview(data)
        for file in self._files:
            first, last = max(offset, file.offset), min(offset + len(data), file.offset + file.size)
            if first < last:
                self._write_file(file, first - file.offset, view[first - offset : last - offset])
        self._done[number] = 1
        (self.folder / _DONE).write_bytes(self._done)

    def finish(self) -> ReferenceMap:
        """Check everything and move it to its place.

        Raises:
            TransferError: pages are missing, or a file is not what the table said; it is fetched again next time.
            MapError: the files are right, but are no map that can be opened.
        """
        if self.missing:
            raise TransferError(f"{len(self.missing)} of {self.page_count} pages are missing", _FIX)
        for file in self._files:
            path = self.folder / file.path
            if file.size == 0:
                self._write_file(file, 0, memoryview(b""))
            if path.stat().st_size != file.size or sha256_of(path) != file.sha256:
                self.discard()
                raise TransferError(f"{file.path} is not the file that the server listed", _FIX)
        (self.folder / _DONE).unlink()
        opened = ReferenceMap.open(self.folder, verify=False)  # the hashes were just compared
        if opened.content_hash != self._hash:
            self.discard()
            raise TransferError(f"The map that came has the hash {opened.content_hash}, not {self._hash}", _FIX)
        os.replace(self.folder, self._target)
        return ReferenceMap.open(self._target, verify=False)

    def discard(self) -> None:
        """Throw away what came."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _unlock(self) -> None:
        if self._lock >= 0:
            os.close(self._lock)  # lets go of the lock, too
            self._lock = -1

    def _read_done(self) -> bytearray:
        try:
            done = bytearray((self.folder / _DONE).read_bytes())
        except FileNotFoundError:
            return bytearray(self.page_count)
        return done if len(done) == self.page_count else bytearray(self.page_count)

    def _write_file(self, file: PagedFile, start: int, piece: memoryview) -> None:
        path = self.folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("r+b" if path.exists() else "w+b") as stream:
            stream.seek(start)
            stream.write(piece)


def _check_table(content_hash: str, files: Sequence[PagedFile], size_bytes: int, page_bytes: int) -> None:
    if len(content_hash) != 64 or not set(content_hash) <= set("0123456789abcdef"):
        raise TransferError(f"The server's map has the hash {content_hash!r}", "It must be 64 hexadecimal digits")
    if page_bytes <= 0:
        raise TransferError(f"The server's pages have {page_bytes} bytes", _FIX)
    offset = 0
    for file in files:
        if not is_inside(file.path) or file.path == _DONE:
            raise TransferError(f"The server lists {file.path!r}, which is not inside a map", "Do not use this server")
        if file.offset != offset:
            raise TransferError(f"{file.path} begins at {file.offset} instead of {offset}", _FIX)
        offset += file.size
    if offset != size_bytes:
        raise TransferError(f"The files have {offset} bytes together, the server said {size_bytes}", _FIX)
