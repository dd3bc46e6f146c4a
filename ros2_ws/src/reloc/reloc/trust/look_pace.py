"""Whether looks come often enough for the gate's windows of time."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from math import ceil
from statistics import median

from reloc.trust.gate_config import GateConfig

_REMEMBERED = 6  # stamps
_ENOUGH = 2
_PERIODS = 2.0  # of the looks: one of them may be late


class LookPace:
    """Fed with the stamp of each image that was looked at."""

    def __init__(self) -> None:
        self._stamps_ns: deque[int] = deque(maxlen=_REMEMBERED)

    def note(self, stamp_ns: int) -> None:
        """One more look."""
        self._stamps_ns.append(stamp_ns)

    def period_s(self) -> float:
        """Seconds from one look to the next; 0 while that is not known."""
        stamps = list(self._stamps_ns)
        if len(stamps) < _ENOUGH:
            return 0.0
        return float(median(after - before for before, after in pairwise(stamps))) * 1e-9

    def patience_s(self, config: GateConfig) -> float:
        """How long no look may come until nobody watches the robot: longer where looks are slow."""
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
