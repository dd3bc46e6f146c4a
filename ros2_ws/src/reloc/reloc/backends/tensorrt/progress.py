"""Building takes minutes: say so, say how far it is, and stop when asked to."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class BuildProgress:
    """How far a build is. TensorRT's threads report phases and steps, of which some are inside others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._phases: dict[str, tuple[int, int]] = {}  # name to steps done and all, outermost first
        self.cancelled = threading.Event()

    def start(self, phase: str, steps: int) -> None:
        """A phase begins."""
        with self._lock:
            self._phases[phase] = (0, steps)

    def step(self, phase: str, step: int) -> bool:
        """A step, counted from 0, is done. Whether to go on."""
        with self._lock:
            _, steps = self._phases.get(phase, (0, 0))
            self._phases[phase] = (min(step + 1, steps), steps)
        return not self.cancelled.is_set()

    def finish(self, phase: str) -> None:
        """A phase is over."""
        with self._lock:
            self._phases.pop(phase, None)

    def __str__(self) -> str:
        """The phases that are going on, "Building Engine 40 %, Tactic timing 3 of 12"; empty where none is known."""
        with self._lock:
            phases = [(name, *steps) for name, steps in self._phases.items()]
        return ", ".join(f"{name[:60]} {done} of {steps}" for name, done, steps in phases[:2])


def in_background(work: Callable[[], T], progress: BuildProgress, say: Callable[[str], None], every_s: float = 10) -> T:
    """``work()`` on a thread of its own, while this one says how long it has taken.

    TensorRT holds no lock of Python's while it builds, but does not return either: on this thread Ctrl-C would be
    noticed minutes later. Here it cancels the build, which ends at its next step.

    Raises:
        Whatever ``work`` raises; KeyboardInterrupt once ``work`` has ended.
    """
    results: list[T] = []
    errors: list[BaseException] = []
    done = threading.Event()

    def run() -> None:
        try:
            results.append(work())
        except BaseException as error:
            errors.append(error)
        finally:
            done.set()

    began = time.monotonic()
    thread = threading.Thread(target=run, name="reloc-tensorrt-build", daemon=True)
    try:
        thread.start()
        while not done.wait(every_s):
            details = str(progress)
            say(f"still building after {time.monotonic() - began:.0f} s{f': {details}' if details else ''}")
    except BaseException:
        progress.cancelled.set()
        done.wait()
        raise
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
