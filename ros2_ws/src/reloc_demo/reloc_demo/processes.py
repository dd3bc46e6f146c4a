"""Run processes, each with its log file, and always stop all of them at the end."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_PATIENCE = (3.0, 2.0, 1.0)  # waiting times after SIGINT, SIGTERM, SIGKILL, seconds


class ProcessDiedError(RuntimeError):
    """A process of the run stopped unexpectedly; the message shows the end of its log."""


@dataclass(frozen=True, slots=True)
class Running:
    """One process and its log file."""

    name: str
    popen: subprocess.Popen[bytes]
    log: Path

    def tail(self, lines: int = 15) -> str:
        """Return the end of its log."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Processes:
    """Start Python modules as processes and stop them together. Use it as a context manager."""

    def __init__(self, logs: Path) -> None:
        logs.mkdir(parents=True, exist_ok=True)
        self._logs = logs
        self.running: list[Running] = []

    def __enter__(self) -> Processes:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, module: str, arguments: Sequence[str] = ()) -> Running:
        """Start a node's ``main`` in a process, like its console script. The output goes to ``name.log``."""
        log = self._logs / f"{name}.log"
        command = [sys.executable, "-c", f"from {module} import main; raise SystemExit(main())", *arguments]
        with log.open("wb") as out:
            # Each process gets its own session. So Ctrl-C reaches only this process, which stops the others in order.
            popen = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,
            )
        self.running.append(Running(name, popen, log))
        return self.running[-1]

    def check(self) -> None:
        """Check that all processes run.

        Raises:
            ProcessDiedError: one has stopped.
        """
        for process in self.running:
            status = process.popen.poll()
            if status is not None:
                raise ProcessDiedError(
                    f"{process.name} ended with status {status}; the end of {process.log}:\n{process.tail()}"
                )

    def stop(self) -> None:
        """Interrupt all processes, then kill those that do not end."""
        for number, patience in zip((signal.SIGINT, signal.SIGTERM, signal.SIGKILL), _PATIENCE, strict=True):
            left = [process for process in self.running if process.popen.poll() is None]
            for process in left:
                _signal(process, number)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and any(process.popen.poll() is None for process in left):
                time.sleep(0.02)
        self.running.clear()


def _signal(process: Running, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # it has already stopped by itself
        os.killpg(process.popen.pid, number)
