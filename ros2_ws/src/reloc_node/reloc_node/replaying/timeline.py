"""Compute when each moment of a bag is due on this machine's clock."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.errors import BagTimeError, ConfigError

SECOND = 1_000_000_000
LAST_NS = 2**31 * SECOND  # the seconds of a message are an int32


@dataclass(frozen=True, slots=True)
class Timeline:
    """The part of a bag that is played, and its speed."""

    first_ns: int  # first bag time that is played
    stop_ns: int  # bag time at which playing stops
    rate: float

    @classmethod
    def of_bag(cls, start_ns: int, end_ns: int, skip_s: float, duration_s: float | None, rate: float) -> Timeline:
        """Return the part from ``skip_s`` after the bag's start, ``duration_s`` long or until its end.

        Raises:
            ConfigError: nothing is left to play.
            BagTimeError: the bag's times are outside ROS's range.
        """
        if start_ns < end_ns and not (start_ns >= 0 and end_ns < LAST_NS):
            raise BagTimeError(
                f"The bag lasts from {start_ns} to {end_ns} ns",
                "ROS represents times from 1970 to 2038: record it again with a correct clock",
            )
        first = start_ns + round(skip_s * SECOND)
        stop = end_ns if duration_s is None else min(end_ns, first + round(duration_s * SECOND))
        if first >= stop:
            raise ConfigError(
                f"Nothing is left after --start {skip_s:g}",
                f"The bag is {max(0, end_ns - start_ns) / SECOND:.3f} s long",
            )
        return cls(first, stop, rate)

    @property
    def seconds(self) -> float:
        """The duration in seconds of the bag's time, not of the wall clock."""
        return (self.stop_ns - self.first_ns) / SECOND

    def due_s(self, bag_ns: int) -> float:
        """Return the seconds of the wall clock between the start and this moment of the bag."""
        return (bag_ns - self.first_ns) / SECOND / self.rate

    def ticks(self, hz: float) -> range:
        """Yield the moments of the bag (ns) at which the clock is published, ``hz`` times per second of wall time."""
        if hz <= 0:
            return range(0)
        # The clock is published at least once; a rate such as 1e-320 Hz would give an infinite step.
        whole_ns = max(1, self.stop_ns - self.first_ns)
        step = max(1, round(min(SECOND * self.rate / hz, whole_ns)))
        return range(self.first_ns, self.stop_ns, step)
