"""Files from outside: only regular files, never waited for, never larger than a limit."""

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
    """A regular file, open for reading.

    A pipe would block until someone writes to it, for ever; so it is opened without waiting, and looked at.

    Raises:
        RelocError: the blame's; there is none, it is of another kind, or this user may not read it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        raise blame.absent() from None
    except OSError as error:
        raise blame.refuse(f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:  # a NUL in the name, or half of a surrogate pair
        raise blame.refuse(f"cannot be read: its name is none ({error})") from error
    mode = os.fstat(handle).st_mode
    if not stat.S_ISREG(mode):
        os.close(handle)
        kind = next((name for test, name in _KINDS if test(mode)), "no file")
        raise blame.refuse(f"is {kind}; a regular file is expected")
    with os.fdopen(handle, "rb") as stream:
        yield stream


def is_there(path: Path) -> bool:
    """Whether anything has that name: also what is no file, which :func:`opened` then names."""
    return os.path.lexists(path)


def size_of(stream: BufferedReader) -> int:
    """Bytes of an open file."""
    return os.fstat(stream.fileno()).st_size


def read_bytes(path: Path | str, blame: Blame, most: int = 1024 * MIB) -> bytes:
    """The content of a regular file of at most ``most`` bytes.

    Raises:
        RelocError: the blame's; as :func:`opened`, or it is larger.
    """
    with opened(path, blame) as stream:
        if (size := size_of(stream)) > most:
            raise blame.refuse(f"has {size} bytes; at most {most} are read")
        try:
            content = stream.read(most + 1)
        except OSError as error:
            raise blame.refuse(f"cannot be read: {error.strerror or error}") from error
    if len(content) > most:  # a file that grows, or one of /proc, which tells no size
        raise blame.refuse(f"has more than {most} bytes, which is the limit")
    return content
