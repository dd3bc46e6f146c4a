"""Lock maps of a cache, between processes and within one, while they are fetched or used.

All locks of a cache lie in one file, one byte per content hash, so many hashes leave nothing behind. They are locks of
an open file (``F_OFD_SETLK``), so they end with the process in every case.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from pathlib import Path

from reloc.errors import TransferError

FILE = ".lock"
_FLOCK = "hhqqi"  # struct flock of Linux with 64-bit offsets: type, whence, start, length, pid


class HashLock:
    """A lock on one map of a cache: exclusive while it is fetched or deleted, shared while it is used."""

    def __init__(self, cache: Path, content_hash: str) -> None:
        """Open the file of locks; nothing is locked yet.

        Raises:
            OSError: the cache cannot be written.
        """
        self._start = int(content_hash[:15], 16)
        flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(cache / FILE, flags, 0o644)

    def exclusive(self) -> bool:
        """Take the exclusive lock; return False if the map is locked in any way."""
        return self._set(fcntl.F_WRLCK)

    def shared(self) -> bool:
        """Take a shared lock; return False if the map is being fetched or deleted."""
        return self._set(fcntl.F_RDLCK)

    def close(self) -> None:
        """Release the lock."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def _set(self, kind: int) -> bool:
        try:
            fcntl.fcntl(self._descriptor, fcntl.F_OFD_SETLK, struct.pack(_FLOCK, kind, os.SEEK_SET, self._start, 1, 0))
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.EACCES):
                return False
            raise
        return True


def use(cache: Path, content_hash: str) -> HashLock:
    """Return a shared lock on a map that is about to be used.

    Raises:
        TransferError: another process fetches or deletes the map at the moment.
        OSError: the cache cannot be written.
    """
    lock = HashLock(cache, content_hash)
    if lock.shared():
        return lock
    lock.close()
    raise TransferError(
        f"Another process fetches or deletes the map {content_hash[:12]} in {cache}", "Wait until it has finished"
    )
