"""Copy a map's files for this process alone, so that writing to the map cannot affect computations.

If another process shortens a memory-mapped file, the next access ends this process with SIGBUS. If the file is
overwritten, it changes under the computation. Neither a hard link nor MAP_PRIVATE prevents this, because both share the
inode. So the arrays of a map are copied before they are used. Up to :data:`IN_MEMORY` bytes per map stay in memory. The
rest goes to a nameless file in the cache folder, which only this process can reach. The kernel can page it out, so a
large map does not fill the memory.
"""

from __future__ import annotations

import errno
import hashlib
import mmap
import os
import stat
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from reloc.datatypes import UInt8
from reloc.errors import MapHashError, MapIncompleteError
from reloc.files import user_cache
from reloc.maps.manifest import FileEntry

if TYPE_CHECKING:
    from hashlib import _Hash as Digest

IN_MEMORY = 1 << 29  # bytes, for one opened map
_FIX = "Build or fetch the map again"
_PIECE = 1 << 24
_HASHED = 1 << 18


class PrivateCopies:
    """Read the listed files of one map; a budget decides where the copies lie. Several threads may use it."""

    def __init__(self, folder: Path, in_memory: int = IN_MEMORY) -> None:
        self._folder = folder
        self._left = in_memory
        self._lock = threading.Lock()

    def read(self, entry: FileEntry, verify: bool) -> UInt8:
        """Return the content of a listed file, (size,) bytes, read-only.

        Args:
            verify: also compare the content's hash with the listed one.

        Raises:
            MapIncompleteError: it is missing, unreadable, not a plain file, or of another size than listed.
            MapHashError: its content differs from the list.
        """
        handle = self.open(entry)
        try:
            return self.copy(handle, entry, verify)
        finally:
            os.close(handle)

    def open(self, entry: FileEntry) -> int:
        """Open a listed file and return its descriptor.

        Raises:
            MapIncompleteError: it is missing, unreadable, not a plain file, or of another size than listed.
        """
        file = self._name(entry)
        try:
            # Without O_NONBLOCK a FIFO blocks forever.
            handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except (FileNotFoundError, NotADirectoryError):
            raise MapIncompleteError(f"{file} is missing", _FIX) from None
        except OSError as error:
            raise MapIncompleteError(f"{file} cannot be read: {error.strerror}", _FIX) from error
        found = os.fstat(handle)
        if stat.S_ISREG(found.st_mode) and found.st_size == entry.size:
            return handle
        os.close(handle)
        if not stat.S_ISREG(found.st_mode):
            raise MapIncompleteError(f"{file} is not a plain file", _FIX)
        raise MapIncompleteError(f"{file} has {found.st_size} bytes, but {entry.size} are listed", _FIX)

    def copy(self, handle: int, entry: FileEntry, verify: bool) -> UInt8:
        """Return the content of a file that :meth:`open` opened.

        Raises:
            MapIncompleteError: it is shorter than listed by now, or cannot be read.
            MapHashError: with ``verify``, its content differs from the list.
        """
        digest = hashlib.sha256() if verify else None
        try:
            if self._fits(entry.size):
                copy = _in_memory(handle, entry.size, digest)
            else:
                copy = _in_nameless_file(handle, entry.size, digest)
        except OSError as error:
            raise MapIncompleteError(f"{self._name(entry)} cannot be read: {error.strerror}", _FIX) from error
        if copy is None:
            raise MapIncompleteError(f"{self._name(entry)} was cut off while it was read", _FIX)
        if digest is not None and digest.hexdigest() != entry.sha256:
            raise self._differs(entry)
        copy.flags.writeable = False
        return copy

    def compare(self, content: UInt8, entry: FileEntry) -> None:
        """Compare a copy with the listed hash.

        Raises:
            MapHashError: it differs.
        """
        if hashlib.sha256(content.data).hexdigest() != entry.sha256:
            raise self._differs(entry)

    def _differs(self, entry: FileEntry) -> MapHashError:
        return MapHashError(f"{self._name(entry)} is not the file that the map was built with", _FIX)

    def _name(self, entry: FileEntry) -> str:
        return f"{self._folder}/{entry.path}"

    def _fits(self, size: int) -> bool:
        with self._lock:
            fits = size <= self._left
            self._left -= size if fits else 0
        return fits


def _in_memory(handle: int, size: int, digest: Digest | None) -> UInt8 | None:
    copy = np.empty(size, np.uint8)  # numpy asks for huge pages, which halves the time
    view, done = copy.data, 0
    piece = _HASHED if digest is not None else size  # hashed while it is in the processor's cache
    while done < size:
        read = os.preadv(handle, [view[done : done + piece]], done)
        if not read:
            return None
        if digest is not None:
            digest.update(view[done : done + read])
        done += read
    return copy


def _in_nameless_file(handle: int, size: int, digest: Digest | None) -> UInt8 | None:
    try:
        spool = _nameless_file()
    except OSError:  # no writable folder: only memory is left
        return _in_memory(handle, size, digest)
    try:
        done = 0
        while done < size:
            copied = os.sendfile(spool, handle, done, min(_PIECE, size - done))
            if not copied:
                return None
            done += copied
        copy = np.frombuffer(mmap.mmap(spool, size, mmap.MAP_SHARED, mmap.PROT_READ), np.uint8)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        return _in_memory(handle, size, digest)
    finally:
        os.close(spool)
    if digest is not None:  # the copy is hashed, not the file that may have changed
        digest.update(copy.data)
    return copy


def _nameless_file() -> int:
    """Open a new file without a name for reading and writing: in the cache folder, or in the folder for temporary
    files.
    """
    try:
        cache = user_cache()
        cache.mkdir(parents=True, exist_ok=True)
        return os.open(cache, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except (OSError, RuntimeError):  # a file system without such files; a user without a home
        handle, name = tempfile.mkstemp(prefix="reloc-map-")
        os.unlink(name)
        return handle
