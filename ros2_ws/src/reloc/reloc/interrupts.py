"""Ctrl-C and kill, also while modules are imported: one line and an exit status, never a traceback.

Imports nothing but the standard library's smallest parts, so that it is there before anything else.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

INTERRUPTED, TERMINATED = 130, 143  # exit statuses, as shells give them
_STATUS = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}
_WORD = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated"}


class Terminated(BaseException):  # like KeyboardInterrupt, no error
    """Somebody sent SIGTERM."""


class Noted:
    """Which signal came, if one did."""

    number: signal.Signals | None = None

    @property
    def status(self) -> int:
        """The exit status that belongs to the signal."""
        return _STATUS[self.number] if self.number is not None else 0

    @property
    def word(self) -> str:
        """What happened, in one word."""
        return _WORD[self.number] if self.number is not None else ""


@contextmanager
def ending_at_once(name: str) -> Iterator[None]:
    """While entered, SIGINT ends the process at once, with one line: for imports, where nothing needs cleaning up.

    An import that is interrupted by an exception may turn it into another one, or leave half a module behind.
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
    """Call ``run``; where SIGINT ends it by an exception of whatever kind, the exit status is 130, without a traceback.

    For programs that begin with :mod:`reloc.early_interrupts` and have ways of their own for SIGTERM, such as nodes.
    """
    with noted(signal.SIGINT) as signaled:
        try:
            return run() or 0
        except KeyboardInterrupt:
            pass
        except Exception:  # a context that the signal closed under a call
            if signaled.number is None:
                raise
    return INTERRUPTED


@contextmanager
def noted(*signals: signal.Signals) -> Iterator[Noted]:
    """While entered, SIGINT raises KeyboardInterrupt and SIGTERM Terminated in the main thread, and both are noted.

    An exception of another kind that arrives after a signal was noted is what some import or call made of it.

    Args:
        signals: which of the two; both where none is given.
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
    """Set SIGINT and SIGTERM as before, whatever is set while entered.

    For imports of libraries that install handlers of their own, as COLMAP's does for SIGTERM: it prints its stack.
    """
    former = {number: signal.getsignal(number) for number in _STATUS}
    try:
        yield
    finally:
        _set(former, also_ignored=True)


def _set(handlers: dict[signal.Signals, Any], *, also_ignored: bool = False) -> dict[signal.Signals, Any]:
    """Only the main thread may. What is ignored stays so: a shell ignores Ctrl-C for what runs in the background."""
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
