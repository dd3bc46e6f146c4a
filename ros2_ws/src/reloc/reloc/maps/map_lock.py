"""One writer of a map at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reloc.errors import MapError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the map in ``folder`` against other writers while entered; readers need no lock.

    Raises:
        MapError: another process writes to it.
        OSError: there is no such folder, or it cannot be locked.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever replaced the map held the lock of the folder that had its name before.
        if not os.path.samestat(os.fstat(handle), os.stat(folder)):
            raise BlockingIOError
        yield
    except BlockingIOError:
        raise MapError(f"Another process writes to {folder}", "Wait until it has finished") from None
    finally:
        os.close(handle)
