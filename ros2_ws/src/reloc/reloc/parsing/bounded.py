"""Run foreign readers that may hang or crash in a process of their own, with limits of time and memory.

A reader in C ignores Ctrl-C, and its crash ends the whole process. Here it can do neither.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from reloc.parsing.blame import Blame

_MOST_ANSWER = 2**30  # bytes
_START = "import sys; from reloc.parsing.bounded_worker import main; sys.exit(main(sys.argv[1:]))"
REFUSED = 3  # exit status of a worker whose reader raised; its last line on stderr has the reason


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a reader."""

    seconds: float  # of wall clock and, separately, of processor time
    memory: int  # bytes of address space


def run(reader: str, arguments: Sequence[str], limits: Limits, blame: Blame) -> bytes:
    """Run ``reader`` in a process of its own and return its result; Ctrl-C ends that process at once.

    Args:
        reader: ``package.module:function``; the function takes ``arguments`` and returns bytes.

    Raises:
        RelocError: the error class of ``blame``; the reader raised, crashed, or exceeded its limits.
    """
    with tempfile.TemporaryFile() as answer, tempfile.TemporaryFile() as complaints:
        process = _start(reader, arguments, limits, answer, complaints)
        try:
            status = process.wait(limits.seconds)
        except subprocess.TimeoutExpired:
            raise blame.refuse(f"was not read after {limits.seconds:.0f} s: it is damaged, or far too large") from None
        finally:  # also on Ctrl-C, which the reader itself may ignore
            process.kill()
            process.wait()
        if status != 0:
            raise blame.refuse(_reason(status, complaints, limits))
        answer.seek(0, os.SEEK_END)
        if answer.tell() > _MOST_ANSWER:
            raise blame.refuse(f"gives {answer.tell()} bytes; at most {_MOST_ANSWER} are allowed")
        answer.seek(0)
        return answer.read()


def _start(
    reader: str, arguments: Sequence[str], limits: Limits, answer: BinaryIO, complaints: BinaryIO
) -> subprocess.Popen[bytes]:
    # -P: no modules are imported from the current folder.
    command = [sys.executable, "-P", "-c", _START, reader, str(int(limits.seconds) + 1), str(limits.memory), *arguments]
    paths = os.pathsep.join(os.path.abspath(path) for path in sys.path if path)
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # each thread reserves address space
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=answer,
        stderr=complaints,
        env={**os.environ, **threads, "PYTHONPATH": paths},
    )


def _reason(status: int, complaints: BinaryIO, limits: Limits) -> str:
    complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - 4096))
    lines = complaints.read().decode("utf-8", "replace").strip().splitlines()
    if status == REFUSED and lines:
        return f"cannot be read: {lines[-1].strip()[:300]}"
    if status < 0:
        return (
            f"cannot be read: the reader ended by signal {-status} (limits: {limits.seconds:.0f} s, "
            f"{limits.memory / 2**30:.1f} GiB)"
        )
    return (
        f"cannot be read: the reader ended with status {status}: {lines[-1][:300] if lines else 'it gave no message'}"
    )
