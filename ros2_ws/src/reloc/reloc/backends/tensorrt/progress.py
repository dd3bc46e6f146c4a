"""Show the progress of a build, which takes minutes, and allow to stop it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class BuildProgress:
    """The progress of a build. TensorRT's threads report phases and steps, some inside others."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._phases: dict[str, tuple[int, int]] = {}  # name to finished and all steps, outermost first
        self.cancelled = threading.Event()

    def start(self, phase: str, steps: int) -> None:
        """Start a phase."""
        with self._lock:
            self._phases[phase] = (0, steps)

    def step(self, phase: str, step: int) -> bool:
        """Report that a step, counted from 0, is done. Return whether to continue."""
        with self._lock:
            _, steps = self._phases.get(phase, (0, 0))
            self._phases[phase] = (min(step + 1, steps), steps)
        return not self.cancelled.is_set()

    def finish(self, phase: str) -> None:
        """End a phase."""
        with self._lock:
            self._phases.pop(phase, None)

    def __str__(self) -> str:
        """Return the current phases, "Building Engine 40 %, Tactic timing 3 of 12"; empty if none is known."""
        with self._lock:
            phases = [(name, *steps) for name, steps in self._phases.items()]
        return ", ".join(f"{name[:60]} {done} of {steps}" for name, done, steps in phases[:2])


def in_background(work: Callable[[], T], progress: BuildProgress, say: Callable[[str], None], every_s: float = 10) -> T:
    """Run ``work()`` on a thread of its own, while this one reports the elapsed time.

    TensorRT does not hold Python's lock while it builds, but it does not return either. On this thread, Ctrl-C would be
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
