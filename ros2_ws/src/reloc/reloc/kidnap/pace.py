"""Decide which images are processed, and when. As in the node, the newest image after a look is next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence


class Pace:
    """Choose the next image to process."""

    def __init__(self, arrivals: Sequence[float]) -> None:
        """Create it. ``arrivals`` are rising times in seconds."""
        self._arrivals = arrivals
        self._last = -1
        self._free_s = 0.0

    def next(self) -> tuple[int, float] | None:
        """Return the next image's number and the time in seconds when its processing begins; None after the last
        image.
        """
        newest = bisect_right(self._arrivals, self._free_s) - 1
        index = max(newest, self._last + 1)
        if index >= len(self._arrivals):
            return None
        self._last = index
        return index, max(self._free_s, self._arrivals[index])

    def done(self, at_s: float) -> None:
        """Note the end of the image's processing."""
        self._free_s = at_s
