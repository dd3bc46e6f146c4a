"""How often images come, and so which of them is too old to begin with."""

from __future__ import annotations

from statistics import median

from reloc_node.conversions.poses import NANOSECONDS

_REMEMBERED = 15  # intervals
_ENOUGH = 3


class ImagePace:
    """Fed with every image by the thread that receives them; asked by another one.

    A radio link delivers in bursts, and a bag may be played at any rate: the period is the longer of what the images'
    own times and their arrivals say.
    """

    def __init__(self) -> None:
        self._intervals: tuple[tuple[float, float], ...] = ()  # replaced as a whole: the other thread reads it
        self._last: tuple[int, float] | None = None

    def arrived(self, stamp_ns: int, at: float) -> None:
        """An image came, at ``at`` seconds of this machine's steady clock."""
        if self._last is not None:
            interval = (stamp_ns - self._last[0]) / NANOSECONDS, at - self._last[1]
            self._intervals = (*self._intervals, interval)[-_REMEMBERED:]
        self._last = stamp_ns, at

    def period(self) -> float | None:
        """Seconds from one image to the next; None while that is not known."""
        intervals = self._intervals
        if len(intervals) < _ENOUGH:
            return None
        return max(median(interval[i] for interval in intervals) for i in (0, 1))
