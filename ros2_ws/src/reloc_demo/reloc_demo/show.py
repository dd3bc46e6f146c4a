"""Show the demo's progress: a progress bar, and a line for each event."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from tqdm import tqdm

from reloc_demo.referee import topics

if TYPE_CHECKING:
    from reloc_msgs.msg import Status


class Show:
    """Follow status and events. Print lines, and on a terminal a bar of the tour."""

    def __init__(self, duration: float) -> None:
        self.map_loaded = False
        self.localized = False
        self.trouble = "no status was received"
        self._duration = duration
        self._state = ""
        self._born = time.monotonic()
        self._start: float | None = None
        self._bar: tqdm[None] | None = None

    def status(self, message: Status) -> None:
        """Show that the localizer processed an image."""
        self.trouble = f"{message.reason}: {message.detail}"
        self.map_loaded |= message.reason != "no_map"
        self.localized |= bool(message.accepted)
        state = topics.STATES[message.state]
        if state != self._state:
            self._state = state
            self.line(f"{state}" + (f" ({message.reason})" if message.reason else ""))
        if self._bar is not None and self._start is not None:
            done = min(self._duration, time.monotonic() - self._start)
            self._bar.set_description(f"{state:<12}")
            self._bar.update(done - self._bar.n)

    def event(self, text: str) -> None:
        """Show an event of the robot."""
        self.line(text)

    def started(self) -> None:
        """Show that the tour begins. Time counts from here."""
        self._start = time.monotonic()
        self.line("the robot starts to drive")
        if sys.stderr.isatty():
            layout = "{desc} {bar} {n:.0f}/{total:.0f} s"
            self._bar = tqdm(total=self._duration, bar_format=layout, leave=False, ncols=78)

    def finished(self) -> None:
        """Show that the tour is over."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def line(self, text: str) -> None:
        """Print a line with the time of the tour."""
        clock = "        " if self._start is None else f"{time.monotonic() - self._start:6.1f} s"
        tqdm.write(f"{clock}  {text}", file=sys.stdout)
        sys.stdout.flush()
