"""A process that shows inputs to one target, until it is told to stop or dies of one. Forked by the supervisor."""

from __future__ import annotations

import gc
import os
import resource
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from fuzz.board import Board
from fuzz.finds import Find, keep
from fuzz.inputs import Inputs
from fuzz.judge import Judge, Verdict
from fuzz.outside import Watch
from fuzz.target import Target

_THREADS_MB = 512  # address space for stacks and arenas of threads that a reader may start
DONE, LEAVES = 0, 64  # exit status: all is shown; or a new process has to go on


@dataclass(frozen=True)
class Task:
    """What a worker has to do."""

    target: Target
    seed: int
    first: int  # number of its first input
    until: float  # on time.monotonic
    most: int | None  # number of the input after the last one; None: until time is over
    scratch: Path
    out: Path

    @property
    def names(self) -> Path:
        """The list of this run's finds."""
        return self.scratch / "finds"


def run(task: Task, board: Board) -> int:
    """Show inputs; the exit status."""
    inside = move_in(task.scratch)
    task.target.open(inside)
    inputs = Inputs(task.target, task.seed)
    judge = Judge(task.target, Watch(inside, task.scratch / "beside"))
    number = task.first
    if number > 0:  # a new process: what makes the first input slow and large is done before it counts
        judge.of(inputs.of(0))
    _limit_memory(task.target.memory_mb)
    begun_mb = _resident_mb()
    # at least one, however late it is
    while (task.most is None or number < task.most) and (time.monotonic() < task.until or number == task.first):
        data = inputs.of(number)
        board.begin(number, data)
        verdict = judge.of(data)
        if number < inputs.seeds and verdict.result == "refused":
            verdict = Verdict("find", "refused_seed", f"a valid input is refused: {verdict.trail}", verdict.trail)
        board.count(verdict.result)
        inputs.learn(data, verdict)
        number += 1
        if verdict.is_find:
            keep(Find(task.target.name, verdict.kind, verdict.text, data, verdict.trail), task.out, task.names)
        if number == inputs.seeds:
            begun_mb = _resident_mb()
        if verdict.kind == "memory":
            board.publish(number - 1)
            return LEAVES
        if number % 1000 == 0 and _resident_mb() - begun_mb > task.target.memory_mb:
            gc.collect()
            if (left := _resident_mb() - begun_mb) > task.target.memory_mb:
                text = f"{number} inputs left {left} MB behind"
                keep(Find(task.target.name, "leak", text, data, ("leak",)), task.out, task.names)
                board.count("find")
                board.publish(number - 1)
                return LEAVES
    board.publish(number - 1)
    return DONE


def become(task: Task, board: Board) -> None:
    """End this forked process by doing the task."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1):
        os.dup2(nothing, stream)
    log = os.open(task.scratch / "stderr", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(log, 2)
    try:
        status = run(task, board)
    except BaseException:
        import traceback

        traceback.print_exc()
        status = 70
    sys.stderr.flush()
    os._exit(status)


def move_in(scratch: Path) -> Path:
    """Make folders of its own: one to write in; beside it a home and a working folder, where nothing may change."""
    inside, home, here = scratch / "inside", scratch / "beside" / "home", scratch / "beside" / "here"
    for folder in (inside / "tmp", home / "papers", here / "x"):
        folder.mkdir(parents=True, exist_ok=True)
    for file in (home / "papers/thesis.txt", home / "notes.txt", here / "x/a.json", here / "map.json"):
        file.write_text("mine\n")
    os.chdir(here)
    os.environ |= {"HOME": str(home), "TMPDIR": str(inside / "tmp"), "XDG_CACHE_HOME": str(inside / "cache")}
    import tempfile

    tempfile.tempdir = None
    return inside


def _limit_memory(megabytes: int) -> None:
    """Let address space, which also counts what is asked for and never touched, grow by twice an input's memory."""
    with open("/proc/self/statm") as stream:
        now = int(stream.read().split()[0]) * resource.getpagesize()
    limit = now + (2 * megabytes + _THREADS_MB << 20)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _resident_mb() -> int:
    with open("/proc/self/statm") as stream:
        return int(stream.read().split()[1]) * resource.getpagesize() >> 20
