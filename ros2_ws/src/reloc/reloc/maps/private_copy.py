"""Copy a map's files for this process alone, so that writing to the map cannot affect computations.

If another process shortens a memory-mapped file, the next access ends this process with SIGBUS. If the file is
overwritten, it changes under the computation. Neither a hard link nor MAP_PRIVATE prevents this, because both share the
inode. So the arrays of a map are copied when it is opened. Up to :data:`IN_MEMORY` bytes per map stay in memory. The
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

import numpy as np

from reloc.datatypes import UInt8
from reloc.errors import MapHashError, MapIncompleteError
from reloc.maps.manifest import FileEntry

IN_MEMORY = 1 << 29  # bytes, for one opened map
_FIX = "Build or fetch the map again"
_PIECE = 1 << 24


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
        file = self._folder / entry.path
        try:
            content = self._copy(file, entry.size)
        except (FileNotFoundError, NotADirectoryError):
            raise MapIncompleteError(f"{file} is missing", _FIX) from None
        except OSError as error:
            raise MapIncompleteError(f"{file} cannot be read: {error.strerror}", _FIX) from error
        # The copy is hashed, not the file that may have changed.
        if verify and hashlib.sha256(content.data).hexdigest() != entry.sha256:
            raise MapHashError(f"{file} is not the file that the map was built with", _FIX)
        return content

    def _copy(self, file: Path, size: int) -> UInt8:
        # Without O_NONBLOCK a FIFO blocks forever.
        handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            found = os.fstat(handle)
            if not stat.S_ISREG(found.st_mode):
                raise MapIncompleteError(f"{file} is not a plain file", _FIX)
            if found.st_size != size:
                raise MapIncompleteError(f"{file} has {found.st_size} bytes, but {size} are listed", _FIX)
            copy = self._in_memory(handle, size) if self._fits(size) else _in_nameless_file(handle, size)
        finally:
            os.close(handle)
        if copy is None:
            raise MapIncompleteError(f"{file} was cut off while it was read", _FIX)
        copy.flags.writeable = False
        return copy

    def _fits(self, size: int) -> bool:
        with self._lock:
            fits = size <= self._left
            self._left -= size if fits else 0
        return fits

    @staticmethod
    def _in_memory(handle: int, size: int) -> UInt8 | None:
        copy = np.empty(size, np.uint8)  # numpy asks for huge pages, which halves the time
        view, done = copy.data, 0
        while done < size:
            read = os.readv(handle, [view[done:]])
            if not read:
                return None
            done += read
        return copy


def _in_nameless_file(handle: int, size: int) -> UInt8 | None:
    try:
        spool = _nameless_file()
    except OSError:  # no writable folder: only memory is left
        return PrivateCopies._in_memory(handle, size)
    try:
        done = 0
        while done < size:
            copied = os.sendfile(spool, handle, done, min(_PIECE, size - done))
            if not copied:
                return None
            done += copied
        return np.frombuffer(mmap.mmap(spool, size, mmap.MAP_SHARED, mmap.PROT_READ), np.uint8)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        os.lseek(handle, 0, os.SEEK_SET)
        return PrivateCopies._in_memory(handle, size)
    finally:
        os.close(spool)


def _nameless_file() -> int:
    """Open a new file without a name for reading and writing: in the cache folder, or in the folder for temporary
    files.
    """
    try:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reloc"
        cache.mkdir(parents=True, exist_ok=True)
        return os.open(cache, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except (OSError, RuntimeError):  # a file system without such files; a user without a home
        handle, name = tempfile.mkstemp(prefix="reloc-map-")
        os.unlink(name)
        return handle
