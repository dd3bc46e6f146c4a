"""Start the processes of a test, wait until they are ready, stop them, keep what they print."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from support.warm_python import Forked, warm_python


class ProcessFailedError(AssertionError):
    """A process ended or stayed silent when it should not have; the message ends with what it printed."""


class Process:
    """One running process; its output goes to a file."""

    def __init__(self, name: str, popen: subprocess.Popen[bytes] | Forked, log: Path) -> None:
        self.name = name
        self.popen = popen  # in a group of its own, so that whatever it starts is stopped with it
        self._log = log

    @property
    def output(self) -> str:
        """All it printed so far, standard output and error together."""
        return self._log.read_text(errors="replace")

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self.popen.poll() is None

    def wait_for(self, pattern: str, timeout_s: float = 30.0) -> re.Match[str]:
        """Wait until a regular expression is found in the output.

        Raises:
            ProcessFailedError: it ended before, or the time is over.
        """
        deadline = time.monotonic() + timeout_s
        while True:
            ended = not self.running  # asked first: what it printed last is in the output then
            if found := re.search(pattern, self.output, re.MULTILINE):
                return found
            if ended:
                raise ProcessFailedError(self._report(f"ended ({self.popen.returncode}) before it printed {pattern!r}"))
            if time.monotonic() > deadline:
                raise ProcessFailedError(self._report(f"did not print {pattern!r} in {timeout_s} s"))
            time.sleep(0.05)

    def wait(self, timeout_s: float = 60.0) -> int:
        """Wait for its end and return the exit status."""
        try:
            return self.popen.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise ProcessFailedError(self._report(f"did not end in {timeout_s} s")) from None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to it and all that it started."""
        if self.running:
            os.killpg(self.popen.pid, number)

    def stop(self, timeout_s: float = 10.0) -> int:
        """Interrupt it as Ctrl-C does; terminate it if that takes too long. Returns the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            self.signal(number)
            try:
                return self.popen.wait(timeout_s)
            except subprocess.TimeoutExpired:
                continue
        raise ProcessFailedError(self._report("cannot be killed"))

    def _report(self, what: str) -> str:
        return f"{self.name} {what}; it printed:\n{self.output[-8000:]}"


class Processes:
    """All processes of one test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.started: list[Process] = []

    def start(
        self,
        name: str,
        command: Sequence[str],
        *,
        ready: str | None = None,
        timeout_s: float = 30.0,
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """Start a command, and wait until it prints ``ready`` (a regular expression) if that is given."""
        log = self._log(name)
        with log.open("wb") as out:
            popen = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, env=_environment(env), start_new_session=True
            )
        return self._keep(Process(name, popen, log), ready, timeout_s)

    def start_main(
        self,
        name: str,
        module: str,
        arguments: Sequence[str] = (),
        *,
        imports: Sequence[str] = (),
        ready: str | None = None,
        timeout_s: float = 30.0,
        env: Mapping[str, str] | None = None,
    ) -> Process:
        """Start ``main`` of a module as a process that was born with it, and ``imports``: see support.warm_python."""
        log = self._log(name)
        log.touch()
        forked = warm_python().start(module, arguments, log, _environment(env), imports)
        return self._keep(Process(name, forked, log), ready, timeout_s)

    def _log(self, name: str) -> Path:
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{len(self.started)}-{name}.log"

    def _keep(self, process: Process, ready: str | None, timeout_s: float) -> Process:
        self.started.append(process)
        if ready is not None:
            process.wait_for(ready, timeout_s)
        return process

    def stop(self) -> None:
        """Stop all, the last one first."""
        for process in reversed(self.started):
            process.stop()


def _environment(more: Mapping[str, str] | None) -> dict[str, str]:
    return {**os.environ, "PYTHONUNBUFFERED": "1", **(more or {})}
