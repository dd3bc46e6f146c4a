"""Limit how many different maps are fetched per minute, so that endless offers cannot fill the disk."""

from __future__ import annotations

WINDOW_S = 60.0


class MapRate:
    """Allow at most ``per_minute`` maps in any minute: half of them at once, the rest evenly."""

    def __init__(self, per_minute: int, now_s: float) -> None:
        """Create a limit of at least 2 maps per minute.

        ``now_s`` and all other times are seconds of one steady clock.
        """
        self._most = max(1, per_minute // 2)
        self._per_s = (per_minute - self._most) / WINDOW_S
        self._left, self._at_s = float(self._most), now_s

    def wait_s(self, now_s: float) -> float:
        """Return the seconds until another map may be fetched; 0 if it may be now."""
        self._refill(now_s)
        return 0.0 if self._left >= 1.0 else (1.0 - self._left) / self._per_s

    def take(self, now_s: float) -> None:
        """Count a map that is about to be fetched."""
        self._refill(now_s)
        self._left -= 1.0

    def _refill(self, now_s: float) -> None:
        self._left = min(float(self._most), self._left + (now_s - self._at_s) * self._per_s)
        self._at_s = now_s
