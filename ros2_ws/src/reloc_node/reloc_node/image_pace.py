"""Measure the period of images, to decide which image is too old to process."""

from __future__ import annotations

from statistics import median

from reloc_node.conversions.poses import NANOSECONDS

_REMEMBERED = 15  # number of intervals that are kept
_ENOUGH = 3


class ImagePace:
    """Estimate the period of images. One thread adds images; another thread reads the period.

    A radio link delivers in bursts, and a bag may play at any rate. So the period is the longer one of the period by
    the images' stamps and the period by their arrivals.
    """

    def __init__(self) -> None:
        self._intervals: tuple[tuple[float, float], ...] = ()  # replaced as a whole, because another thread reads it
        self._last: tuple[int, float] | None = None

    def arrived(self, stamp_ns: int, at: float) -> None:
        """Add an image that arrived at ``at`` seconds of this machine's steady clock."""
        if self._last is not None:
            interval = (stamp_ns - self._last[0]) / NANOSECONDS, at - self._last[1]
            self._intervals = (*self._intervals, interval)[-_REMEMBERED:]
        self._last = stamp_ns, at

    def period(self) -> float | None:
        """Return the seconds from one image to the next; None while unknown."""
        intervals = self._intervals
        if len(intervals) < _ENOUGH:
            return None
        return max(median(interval[i] for interval in intervals) for i in (0, 1))
