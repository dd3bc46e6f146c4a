"""Read files from outside: only regular files, without waiting, up to a size limit."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from reloc.parsing.blame import Blame

MIB = 2**20
_KINDS = (
    (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe (FIFO)"), (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
)  # fmt: skip


@contextmanager
def opened(path: Path | str, blame: Blame) -> Iterator[BufferedReader]:
    """Open a regular file for reading.

    A pipe would block forever until someone writes to it. So it is opened without waiting, and then checked.

    Raises:
        RelocError: the error class of ``blame``; it does not exist, is of another kind, or this user may not read it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise blame.absent() from None
    except OSError as error:
        raise blame.refuse(f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name, or half of a surrogate pair
        raise blame.refuse(f"cannot be read: its name is invalid ({error})") from error
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        kind = next((name for test, name in _KINDS if test(mode)), "no file")
        raise blame.refuse(f"is {kind}; a regular file is expected")
    with os.fdopen(handle, "rb") as stream:
        yield stream


def is_there(path: Path) -> bool:
    """Return whether anything has that name, also something that is not a file and that :func:`opened` then reports."""
    return os.path.lexists(path)


def size_of(stream: BufferedReader) -> int:
    """Return the size of an open file in bytes."""
    return os.fstat(stream.fileno()).st_size


def read_bytes(path: Path | str, blame: Blame, most: int = 1024 * MIB) -> bytes:
    """Return the content of a regular file of at most ``most`` bytes.

    Raises:
        RelocError: the error class of ``blame``; as :func:`opened`, or it is larger.
    """
    with opened(path, blame) as stream:
        if (size := size_of(stream)) > most:
            raise blame.refuse(f"has {size} bytes; at most {most} are allowed")
        try:
            content = stream.read(most + 1)
        except OSError as error:
            raise blame.refuse(f"cannot be read: {error.strerror or error}") from error
    if len(content) > most:  # a file that grows, or one of /proc, which reports no size
        raise blame.refuse(f"has more than {most} bytes, which is the limit")
    return content
