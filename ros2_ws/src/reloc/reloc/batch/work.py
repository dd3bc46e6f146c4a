"""Do one item: in a process of its own, into a folder that gets its name when everything in it is complete."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from reloc.batch.content import RESULT, content_hash
from reloc.batch.items import WorkItem
from reloc.errors import RelocError, StorageError
from reloc.files import write_atomic
from reloc.parsing import json_file
from reloc.parsing.blame import Blame

LOG = "log.txt"  # in the item's folder, what the command printed
_FAILED = 2  # exit statuses from here on are errors; 1 is "some images gave no pose", or a false recovery


class ItemKilledError(Exception):
    """A signal ended the item's process: lack of memory, say. It says nothing about the item, so it is tried again."""


@dataclass(frozen=True, slots=True)
class ItemResult:
    """What came of an item."""

    name: str
    arguments: tuple[str, ...]
    status: int  # exit status of the command
    content_hash: str  # of its results; empty if the command failed
    seconds: float  # wall time of the last attempt
    attempts: int
    worker: str  # host and process of the last attempt
    problem: str = ""  # last line that a failed command printed

    @property
    def ok(self) -> bool:
        """Whether there are results."""
        return self.status < _FAILED


@dataclass(frozen=True, slots=True)
class BatchPlace:
    """Where and how items run. It is the same for all of them, and on all machines."""

    out: Path  # absolute; one folder an item
    cwd: Path  # absolute; paths in commands are relative to it
    module: str  # run as ``python -m``
    threads: int  # of numeric libraries

    def environment(self) -> dict[str, str]:
        """Return the environment of a command: sums of several threads may differ in their last digit."""
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
        return {**os.environ, **dict.fromkeys(names, str(self.threads))}


def do(item: WorkItem, place: BatchPlace) -> ItemResult:
    """Run an item's command, and move its results to ``place.out / item.name``.

    Raises:
        ItemKilledError: a signal ended the command.
        StorageError: the folders are not there (another machine without them), or cannot be written.
    """
    for folder in (place.out, place.cwd):
        if not folder.is_dir():
            fix = "Mount it there: all machines of a cluster need the same folders"
            raise StorageError(f"{folder} does not exist on {socket.gethostname()}", fix)
    attempt = _new_attempt(item, place)
    began = time.monotonic()
    status = _run(item, attempt, place)
    if status < 0:
        raise ItemKilledError(f"{item.name}: {signal.Signals(-status).name} ended its process on {_worker()}")
    found, problem = "", ""
    if status < _FAILED:
        found = content_hash(attempt)
    else:
        lines = (attempt / LOG).read_text(errors="replace").split("\n")
        problem = next((line for line in reversed(lines) if line.strip()), "it printed nothing")
    spent, attempts = time.monotonic() - began, len(_attempts(item, place.out))
    done = ItemResult(item.name, item.arguments, status, found, round(spent, 3), attempts, _worker(), problem)
    write_atomic(attempt / RESULT, json.dumps(asdict(done), indent=1) + "\n")
    _publish(attempt, place.out / item.name)
    clear(item, place.out)
    return done


def earlier(item: WorkItem, out: Path) -> ItemResult | None:
    """Return what an earlier batch made of the same command; None if there are no results, or others now.

    Results whose hash differs from the one that was noted count as none.
    """
    folder = out / item.name
    try:
        blame = Blame(str(folder / RESULT), StorageError, "Remove the folder")
        done = json_file.load(folder / RESULT, ItemResult, blame)
        if done.arguments == item.arguments and done.ok and done.content_hash == content_hash(folder):
            return done
    except (RelocError, OSError, ValueError):
        pass
    return None


def clear(item: WorkItem, out: Path) -> None:
    """Remove what attempts left that did not end."""
    for attempt in _attempts(item, out):
        shutil.rmtree(attempt, ignore_errors=True)


def _run(item: WorkItem, attempt: Path, place: BatchPlace) -> int:
    command = [sys.executable, "-m", "reloc.batch.child", str(os.getpid()), place.module, *item.command(attempt)]
    with open(attempt / LOG, "wb") as log:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=place.cwd, env=place.environment()
        )
    return done.returncode


def _publish(attempt: Path, folder: Path) -> None:
    """Give an attempt the item's name. Results of an earlier batch are replaced."""
    if folder.exists():
        old = attempt.with_name(f"{attempt.name}-replaced")
        folder.rename(old)
    attempt.rename(folder)


def _new_attempt(item: WorkItem, place: BatchPlace) -> Path:
    folder = place.out / f".{item.name}.attempt-{time.time_ns()}-{os.getpid()}"
    folder.mkdir()
    return folder


def _attempts(item: WorkItem, out: Path) -> list[Path]:
    return sorted(out.glob(f".{item.name}.attempt-*"))


def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
