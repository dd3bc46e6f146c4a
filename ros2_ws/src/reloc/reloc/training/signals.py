"""Stop training at the end of a step after Ctrl-C, so that no work is lost."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType, TracebackType
from typing import Any, Self

GRACE_S = 2.0  # torchrun repeats the Ctrl-C that the terminal has sent; within this time it counts as the same one


class StopRequest:
    """Note SIGINT and SIGTERM inside the context. A second SIGINT after some seconds interrupts at once."""

    def __init__(self) -> None:
        self.requested = False
        self._since = 0.0
        self._former: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():  # Python allows handlers in this thread only
            for number in (signal.SIGINT, signal.SIGTERM):
                self._former[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if not self.requested:
            self.requested, self._since = True, time.monotonic()
        elif number == signal.SIGINT and time.monotonic() - self._since > GRACE_S:
            raise KeyboardInterrupt
