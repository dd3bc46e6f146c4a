"""Handle Ctrl-C and kill, also while modules are imported: one line and an exit status, never a traceback.

It imports only the smallest parts of the standard library, so that it is available before anything else.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

INTERRUPTED, TERMINATED = 130, 143  # exit statuses as in shells
_STATUS = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}
_WORD = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}


class Terminated(BaseException):  # like KeyboardInterrupt, not an error
    """SIGTERM was received."""


class Noted:
    """The signal that was received, if any."""

    number: signal.Signals | None = None

    @property
    def status(self) -> int:
        """The exit status for the signal."""
        return _STATUS[self.number] if self.number is not None else 0

    @property
    def word(self) -> str:
        """The event in one word."""
        return _WORD[self.number] if self.number is not None else ""


@contextmanager
def ending_at_once(name: str) -> Iterator[None]:
    """Let SIGINT end the process at once, with one line, while entered; for imports, which need no clean-up.

    An exception during an import may turn into another one, or leave a half-imported module.
    """

    def end(number: int, frame: FrameType | None) -> None:
        os.write(2, f"\n{name}: interrupted\n".encode())
        os._exit(INTERRUPTED)

    former = _set({signal.SIGINT: end})
    try:
        yield
    finally:
        _set(former)


def run_interruptible(run: Callable[[], int | None]) -> int:
    """Call ``run``. If SIGINT ends it by any exception, the exit status is 130, without a traceback.

    It is for programs that begin with :mod:`reloc.early_interrupts` and handle SIGTERM themselves, such as nodes.
    """
    with noted(signal.SIGINT) as signaled:
        try:
            return run() or 0
        except KeyboardInterrupt:
            pass
        except Exception:  # a context that the signal closed during a call
            if signaled.number is None:
                raise
    return INTERRUPTED


@contextmanager
def noted(*signals: signal.Signals) -> Iterator[Noted]:
    """Let SIGINT raise KeyboardInterrupt and SIGTERM raise Terminated in the main thread while entered, and record
    both.

    An exception of another kind after a recorded signal was caused by it.

    Args:
        signals: which of the two; both if none is given.
    """
    found = Noted()

    def note(number: int, frame: FrameType | None) -> None:
        found.number = signal.Signals(number)
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated

    former = _set(dict.fromkeys(signals or (signal.SIGINT, signal.SIGTERM), note))
    try:
        yield found
    finally:
        _set(former)


@contextmanager
def kept() -> Iterator[None]:
    """Restore SIGINT and SIGTERM on exit, whatever is set while entered.

    It is for imports of libraries with handlers of their own, such as COLMAP's for SIGTERM, which prints its stack.
    """
    former = {number: signal.getsignal(number) for number in _STATUS}
    try:
        yield
    finally:
        _set(former, also_ignored=True)


def _set(handlers: dict[signal.Signals, Any], *, also_ignored: bool = False) -> dict[signal.Signals, Any]:
    """Set the handlers, which only the main thread may do. An ignored signal stays ignored: shells ignore Ctrl-C for
    background jobs.
    """
    if threading.current_thread() is not threading.main_thread():
        return {}
    former = {}
    for number, handler in handlers.items():
        before = signal.getsignal(number)
        if handler is None or (before is signal.SIG_IGN and not also_ignored):
            continue
        former[number] = before
        signal.signal(number, handler)
    return former
