"""An interpreter that has imported what takes long, and becomes a new process of a test by a fork.

Half of what a test of a node costs is the node's imports. A process forked here has a process id, a session, a log, an
environment and arguments of its own, nothing of ROS has begun in it, and it ends as any interpreter does: what it runs
is the main program, not a call of this one's. Only that its imports were made before is different.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

POLL_S = 0.01


class Forked:
    """What a test does with a ``subprocess.Popen``, of a process that the warm interpreter has forked."""

    def __init__(self, parent: WarmPython, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._parent = parent

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        if self.returncode is None:
            self.returncode = self._parent.ask({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return the exit status.

        Raises:
            subprocess.TimeoutExpired: it did not end.
        """
        deadline = time.monotonic() + (float("inf") if timeout is None else timeout)
        while (code := self.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(f"forked {self.pid}", timeout or 0.0)
            time.sleep(POLL_S)
        return code

    def kill(self) -> None:
        """Unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGKILL)


class WarmPython:
    """The interpreter; it ends with this process."""

    def __init__(self) -> None:
        # Unbuffered, as what is started otherwise. A session of its own: Ctrl-C is for pytest, which ends the tests.
        self._process = subprocess.Popen(
            [sys.executable, "-u", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        atexit.register(self.close)

    def start(
        self, module: str, arguments: Sequence[str], log: Path, env: Mapping[str, str], imports: Sequence[str] = ()
    ) -> Forked:
        """Run ``main`` of a module as a process, with what that will import besides."""
        wanted = {"start": module, "arguments": list(arguments), "log": str(log), "env": dict(env), "cwd": os.getcwd()}
        return Forked(self, self.ask({**wanted, "imports": [module, *imports]}))

    def ask(self, what: Mapping[str, Any]) -> Any:
        """Its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the warm interpreter has ended"
        return json.loads(answer)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


@functools.cache
def warm_python() -> WarmPython:
    """The one of this process, with what its first user needed."""
    return WarmPython()


def _serve() -> dict[str, Any] | None:
    """Answer until there are no more questions: None. In a process that was forked: what it is to do."""
    ended: dict[int, int] = {}
    while question := sys.stdin.buffer.readline():
        asked = json.loads(question)
        if "start" in asked:
            for name in asked["imports"]:
                importlib.import_module(name)
            if os.fork() == 0:
                return asked
        else:
            _answer(_poll(asked["poll"], ended))
    return None


def _answer(what: int | None) -> None:
    sys.stdout.write(json.dumps(what) + "\n")


def _poll(pid: int, ended: dict[int, int]) -> int | None:
    if pid not in ended:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found == 0:
            return None
        ended[pid] = os.waitstatus_to_exitcode(status)
    return ended[pid]


def _become(asked: dict[str, Any]) -> None:
    """Everything that a started process has of its own."""
    os.setsid()
    _answer(os.getpid())  # not before it leads a group that can be sent a signal
    os.chdir(asked["cwd"])
    log = os.open(asked["log"], os.O_WRONLY | os.O_APPEND)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for old, new in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(old, new)
    os.close(nothing)
    os.close(log)
    os.environ.clear()
    os.environ.update(asked["env"])
    sys.argv = ["-c", *asked["arguments"]]


if __name__ == "__main__":
    sys.path[0] = ""  # as with `python -c`; it was tests/support
    if (todo := _serve()) is not None:
        _become(todo)
        sys.exit(sys.modules[todo["start"]].main())
