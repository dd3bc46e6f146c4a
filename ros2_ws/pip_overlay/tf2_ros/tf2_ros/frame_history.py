"""The history of one frame: its parent and its pose in it, over time or static."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from tf2_ros.exceptions import ExtrapolationException
from tf2_ros.rigid import Rigid, interpolate
from tf2_ros.times import seconds_text


@dataclass(frozen=True, slots=True)
class Sample:
    """A frame's pose in its parent at one time."""

    stamp_ns: int
    parent: str
    parent_from_frame: Rigid


class StaticHistory:
    """A frame that never moves: valid at any time."""

    is_static = True

    def __init__(self) -> None:
        self._sample: Sample | None = None

    def insert(self, sample: Sample) -> bool:
        """Replace the known pose."""
        self._sample = sample
        return True

    def clear(self) -> None:
        """Do nothing: a static pose is not forgotten."""

    def at(self, stamp_ns: int) -> Sample:
        """Return the pose at any time."""
        assert self._sample is not None
        return self._sample

    @property
    def span(self) -> tuple[int, int]:
        """Return the oldest and newest time; zeros mean any."""
        return 0, 0

    @property
    def latest(self) -> tuple[int, str]:
        """Return the newest time (zero means any) and parent."""
        assert self._sample is not None
        return 0, self._sample.parent

    def __len__(self) -> int:
        return 1


class MovingHistory:
    """A frame that moves: samples sorted by time, no older than ``keep_ns`` before the newest."""

    is_static = False

    def __init__(self, keep_ns: int) -> None:
        self._keep_ns = keep_ns
        self._stamps: list[int] = []
        self._samples: list[Sample] = []

    def insert(self, sample: Sample) -> bool:
        """Add a sample, in any order of time; return False if it is too old to keep."""
        stamps, samples = self._stamps, self._samples
        if stamps:
            oldest = stamps[-1] - self._keep_ns
            drop = bisect_left(stamps, oldest)
            del stamps[:drop], samples[:drop]
            if sample.stamp_ns < oldest:
                return False
        first, last = bisect_left(stamps, sample.stamp_ns), bisect_right(stamps, sample.stamp_ns)
        if sample not in samples[first:last]:
            stamps.insert(last, sample.stamp_ns)
            samples.insert(last, sample)
        return True

    def clear(self) -> None:
        """Forget all."""
        self._stamps.clear()
        self._samples.clear()

    def at(self, stamp_ns: int) -> Sample:
        """Return the pose at a time, interpolated; at time 0 the newest.

        Raises:
            ExtrapolationException: there is no data around that time.
        """
        stamps, samples = self._stamps, self._samples
        if not stamps:
            raise ExtrapolationException(_only(stamp_ns, 0))
        if stamp_ns == 0:
            return samples[-1]
        after = bisect_left(stamps, stamp_ns)
        if after < len(stamps) and stamps[after] == stamp_ns:
            return samples[bisect_right(stamps, stamp_ns) - 1]
        if len(stamps) == 1:
            raise ExtrapolationException(_only(stamp_ns, stamps[0]))
        if after == len(stamps):
            raise ExtrapolationException(
                f"Lookup would require extrapolation into the future.  Requested time {seconds_text(stamp_ns)}"
                f" but the latest data is at time {seconds_text(stamps[-1])}"
            )
        if after == 0:
            raise ExtrapolationException(
                f"Lookup would require extrapolation into the past.  Requested time {seconds_text(stamp_ns)}"
                f" but the earliest data is at time {seconds_text(stamps[0])}"
            )
        a, b = samples[after - 1], samples[after]
        if a.parent != b.parent:  # the parent changed in between: the older one is valid until then
            return a
        ratio = (stamp_ns - a.stamp_ns) / (b.stamp_ns - a.stamp_ns)
        return Sample(stamp_ns, a.parent, interpolate(a.parent_from_frame, b.parent_from_frame, ratio))

    @property
    def span(self) -> tuple[int, int]:
        """Return the oldest and newest time in nanoseconds; zeros if it is empty."""
        return (self._stamps[0], self._stamps[-1]) if self._stamps else (0, 0)

    @property
    def latest(self) -> tuple[int, str]:
        """Return the newest time and its parent; the parent is empty if nothing is known."""
        return (self._stamps[-1], self._samples[-1].parent) if self._samples else (0, "")

    def __len__(self) -> int:
        return len(self._samples)


def _only(wanted_ns: int, known_ns: int) -> str:
    return (
        f"Lookup would require extrapolation at time {seconds_text(wanted_ns)},"
        f" but only time {seconds_text(known_ns)} is in the buffer"
    )
