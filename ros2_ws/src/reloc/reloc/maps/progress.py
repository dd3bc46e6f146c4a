"""Report the progress of long work through a callable, for a terminal, ROS or a test."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NoReturn, Protocol, TextIO, TypeVar

from tqdm import tqdm

T = TypeVar("T")


class Progress(Protocol):
    """Report the step's name, the finished amount and the total."""

    def __call__(self, step: str, done: int, total: int, /) -> None: ...


def silent(step: str, done: int, total: int, /) -> None:
    """Report nothing."""


class Bars:
    """Show one progress bar per step on a terminal's standard error; elsewhere one line per finished step."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._step = ""
        self._bar: tqdm[NoReturn] | None = None
        self._started = 0.0

    def __call__(self, step: str, done: int, total: int, /) -> None:
        interactive = self._stream.isatty()
        if step != self._step:
            self.close()
            self._step, self._started = step, time.monotonic()
            if interactive:
                self._bar = tqdm(total=total, desc=f"{step:<12}", file=self._stream)
        if self._bar is not None:
            self._bar.total = total
            self._bar.update(done - self._bar.n)
        elif not interactive and done == total:
            self._stream.write(f"{step:<12} {total} in {time.monotonic() - self._started:.1f} s\n")

    def close(self) -> None:
        """Finish the current bar."""
        if self._bar is not None:
            self._bar.close()
        self._bar, self._step = None, ""


class LogLines:
    """Lines in the log ``reloc``: one every ``period_s`` seconds while a step lasts, none for a step that is quick."""

    def __init__(self, period_s: float = 10.0) -> None:
        self._period_s = period_s
        self._step, self._told = "", 0.0

    def __call__(self, step: str, done: int, total: int, /) -> None:
        now = time.monotonic()
        if step != self._step or done == 0:
            self._step, self._told = step, now
        elif now - self._told >= self._period_s:
            self._told = now
            logging.getLogger(__name__).info("%s: %d of %d", step, done, total)


_current: ContextVar[Progress | None] = ContextVar("progress", default=None)


@contextmanager
def telling(progress: Progress) -> Iterator[None]:
    """Let work that is done while entered tell ``progress``, where it is done too far below to be handed it."""
    before = _current.set(progress)
    try:
        yield
    finally:
        _current.reset(before)


def current() -> Progress:
    """What :func:`telling` was given last; lines in the log where it was not called."""
    return _current.get() or LogLines()


def track(progress: Progress, step: str, items: Iterable[T], total: int | None = None) -> Iterator[T]:
    """Yield the items and report progress before the first and after each."""
    count = total if total is not None else len(items) if isinstance(items, Sized) else 0
    progress(step, 0, count)
    for done, item in enumerate(items, start=1):
        yield item
        progress(step, done, count)
