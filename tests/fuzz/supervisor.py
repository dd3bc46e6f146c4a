"""Runs one target in worker processes: starts them anew where one dies or hangs, and adds up."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from fuzz import worker
from fuzz.board import Board
from fuzz.finds import Find, keep
from fuzz.target import Target

HANG_S = 10.0  # for one input
_POLL_S = 0.05
_MOST_DEATHS = 12  # of one target; then its time is over


@dataclass
class Tally:
    """What became of a target's inputs."""

    target: str
    inputs: int = 0
    refused: int = 0
    accepted: int = 0
    finds: int = 0
    seconds: float = 0.0
    kinds: set[str] = field(default_factory=set)  # names of the finds' files

    def add(self, counts: dict[str, int]) -> None:
        """What one worker did."""
        self.inputs += counts["accepted"] + counts["refused"] + counts["find"]
        self.refused += counts["refused"]
        self.accepted += counts["accepted"]
        self.finds += counts["find"]


@dataclass
class Supervision:
    """One target that is being run; :meth:`poll` until it is done."""

    target: Target
    seed: int
    out: Path
    seconds: float  # of time, counted from the first input
    most: int | None  # of inputs; None: until time is over
    hang_s: float = HANG_S

    def __post_init__(self) -> None:
        base = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self._scratch = Path(tempfile.mkdtemp(prefix=f"reloc-fuzz-{self.target.name}-", dir=base))
        self._begun = time.monotonic()
        self._deaths = 0
        self._suspect = -1  # how many inputs were begun when one seemed to hang
        self.tally = Tally(self.target.name)
        self._start(0)

    def poll(self) -> bool:
        """Look after the worker; whether all is done."""
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid == 0:
            self._look_for_hang()
            return False
        code = os.waitstatus_to_exitcode(status)
        self.tally.add(self._board.counts)
        begun = self._board.started
        if self._hung and self._suspect != begun and begun > self._first:
            self._suspect = begun  # it may have been the machine that was busy: the same input once more
            self._start(begun - 1)
            return False
        if code not in (worker.DONE, worker.LEAVES):
            self._deaths += 1
            self._keep_death(code)
            self.tally.finds += 1
            self.tally.inputs += begun > self._first
        over = time.monotonic() > self._begun + self.seconds or self._deaths >= _MOST_DEATHS or begun == self._first
        if code == worker.DONE or over or (self.most is not None and begun >= self.most):
            self._finish()
            return True
        self._start(begun)
        return False

    def stop(self) -> None:
        """End at once."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
        self._finish()

    def _start(self, first: int) -> None:
        self._first, self._board, self._hung = first, Board(), False
        self._board.publish(first - 1)
        self._seen = (first, time.monotonic())
        for leftover in (self._scratch / "inside", self._scratch / "beside"):
            shutil.rmtree(leftover, ignore_errors=True)
        until, most = self._begun + self.seconds, self.most
        if self._suspect == first + 1 and time.monotonic() > until:  # this one input has to be shown again
            until, most = time.monotonic() + 3600, first + 1
        task = worker.Task(self.target, self.seed, first, until, most, self._scratch, self.out)
        self._pid = os.fork()
        if self._pid == 0:
            worker.become(task, self._board)

    def _look_for_hang(self) -> None:
        now, started = time.monotonic(), self._board.started
        if started != self._seen[0]:
            self._seen = (started, now)
        elif now - self._seen[1] > self.hang_s + (30.0 if started == self._first else 0.0):  # it has to prepare first
            self._hung = True
            os.kill(self._pid, signal.SIGKILL)
            self._seen = (started, now)

    def _keep_death(self, code: int) -> None:
        log = self._scratch / "stderr"
        said = log.read_text(errors="replace")[-4000:] if log.exists() else ""
        if self._hung:
            kind, text = "hang", f"no answer in {self.hang_s:g} s\n{said}"
        else:
            kind, text = "died", f"the process ended with {code} ({_signal(code)})\n{said}"
        # Every input that kills or hangs is kept: nothing tells whether two of them do it for the same reason.
        find = Find(self.target.name, kind, text, self._board.data, (code, self._deaths))
        keep(find, self.out, self._scratch / "finds")

    def _finish(self) -> None:
        self.tally.seconds = time.monotonic() - self._begun
        names = self._scratch / "finds"
        self.tally.kinds = set(names.read_text().split()) if names.exists() else set()
        shutil.rmtree(self._scratch, ignore_errors=True)


def _signal(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else "an exit status"
