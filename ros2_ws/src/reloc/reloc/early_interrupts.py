"""Import this first in a console script: from here on Ctrl-C ends the process with status 130 and one line.

``_signal`` and ``posix`` are part of the interpreter. Importing ``signal`` takes as long as Python's own start.
:mod:`reloc.interrupts` takes over once it is imported.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import posix
import sys


def _end(number: int, frame: object) -> None:
    name = sys.argv[0].rpartition("/")[2] if sys.argv else "reloc"
    posix.write(2, f"\n{name}: interrupted\n".encode(errors="replace"))
    posix._exit(130)


if _signal.getsignal(_signal.SIGINT) is not _signal.SIG_IGN:
    _signal.signal(_signal.SIGINT, _end)
