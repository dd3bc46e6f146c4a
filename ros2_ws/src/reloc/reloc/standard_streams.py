"""Keep the three standard streams of a process usable, whatever its parent made of them.

Where one is closed (``command >&-``), Python has None in its place, and the next file that is opened gets its number:
what a library then prints goes into that file. Where one breaks (a closed pipe, a full disk), Python complains once
more when it ends.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_closed() -> None:
    """Open the streams that were closed: on nothing."""
    for name, mode in _STREAMS:
        if getattr(sys, name) is None:
            # In this order the lowest free number is the stream's own, unless something else has taken it already.
            handle = os.open(os.devnull, os.O_RDWR)
            os.set_inheritable(handle, True)
            setattr(sys, name, open(handle, mode, encoding="utf-8", errors="backslashreplace"))  # noqa: SIM115  # it stays open


def flush() -> None:
    """Write out what was printed.

    Raises:
        OSError: it cannot be written, for example to a closed pipe or a full disk. Nothing goes there from then on.
    """
    problems = [problem for stream in (sys.stdout, sys.stderr) if (problem := _flushed(stream)) is not None]
    if problems:
        raise problems[0]


def say(text: str) -> None:
    """Print a line on standard error, if it can be written."""
    with suppress(OSError):
        print(text, file=sys.stderr)
    with suppress(OSError):
        flush()


def _flushed(stream: TextIO) -> OSError | None:
    """Write out; where that fails, let the rest go nowhere, or Python complains of it once more when it ends."""
    try:
        stream.flush()
    except OSError as error:
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)
        return error
    return None
