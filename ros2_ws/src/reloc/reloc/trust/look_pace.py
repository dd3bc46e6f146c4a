"""Check whether looks come often enough for the gate's time limits."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from math import ceil
from statistics import median

from reloc.trust.gate_config import GateConfig

_REMEMBERED = 6  # stamps that are kept
_ENOUGH = 2
_PERIODS = 2.0  # periods that count as a pause, because one look may be late


class LookPace:
    """Measure the period of looks from their stamps."""

    def __init__(self) -> None:
        self._stamps_ns: deque[int] = deque(maxlen=_REMEMBERED)

    def note(self, stamp_ns: int) -> None:
        """Note the stamp of one more look."""
        self._stamps_ns.append(stamp_ns)

    def period_s(self) -> float:
        """Return the time between two looks in seconds; 0 while it is unknown."""
        stamps = list(self._stamps_ns)
        if len(stamps) < _ENOUGH:
            return 0.0
        return float(median(after - before for before, after in pairwise(stamps))) * 1e-9

    def patience_s(self, config: GateConfig) -> float:
        """Return how many seconds may pass without a look before the robot counts as unobserved; longer for slow
        looks.
        """
        return max(config.lost_after_s, _PERIODS * self.period_s())

    def hint(self, looks: int, config: GateConfig) -> str:
        """Return which parameter keeps ``looks`` looks from coming together within the window; empty if none does."""
        period_s = self.period_s()
        needed_s = period_s * (looks - 1)
        if needed_s <= config.look_window_s:
            return ""
        window = max(ceil(1.5 * needed_s), 1)
        return (
            f"A look comes every {period_s:.1f} s, and looks older than {config.look_window_s:g} s do not count "
            f"(gate.look_window_s): {looks} looks never come together. Set gate.look_window_s to {window} s"
            + (f", and gate.lost_after_s above {period_s:.1f} s" if period_s > config.lost_after_s else "")
            + ", or make the camera or the computer faster"
        )
