"""Run nodes as processes of one command. They log to its terminal, and end together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from types import TracebackType

_PATIENCE_S = ((None, 5.0), (signal.SIGINT, 5.0), (signal.SIGTERM, 3.0), (signal.SIGKILL, 1.0))
_POLL_S = 0.1


class NodeProcesses:
    """The processes, as a context manager: no process is left after the context."""

    def __init__(self) -> None:
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> NodeProcesses:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Ctrl-C in a terminal also reached the nodes; a signal to this process alone did not.
        self._stop(told=isinstance(error, KeyboardInterrupt) and os.isatty(0))

    def start(self, executable: str, arguments: Sequence[str]) -> None:
        """Start a console script of this package, ``localizer`` or ``map_server``."""
        code = f"from reloc_node.start import {executable}; raise SystemExit({executable}())"
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        self._running[executable] = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], stdin=subprocess.DEVNULL, env=environment
        )

    def wait(self) -> int:
        """Wait for Ctrl-C, or until one of the nodes ends by itself.

        Returns:
            Exit status: 0 after Ctrl-C; otherwise the status of the node that ended, or 1 if that is 0.
        """
        try:
            while True:
                for name, process in self._running.items():
                    status = process.poll()
                    if status is not None:
                        print(f"reloc run: the {name} ended with status {status}", file=sys.stderr)
                        return status if status > 0 else 1
                time.sleep(_POLL_S)
        except KeyboardInterrupt:
            self._stop(told=os.isatty(0))
            return 0

    def _stop(self, told: bool) -> None:
        for number, patience in _PATIENCE_S[0 if told else 1 :]:
            left = [process for process in self._running.values() if process.poll() is None]
            for process in left:
                if number is not None:
                    process.send_signal(number)
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline and any(process.poll() is None for process in left):
                time.sleep(0.02)
