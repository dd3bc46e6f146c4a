"""Decide when a place that is tracked must be verified again.

A method that does not check itself errs alike at one place, so its looks agree with one another and with an estimate
that drifts off together with them. Agreement is no evidence then. Evidence of another kind, a verification, counts for
as long as a look without acceptance would (``lost_after_s``), and until the robot moved ``recheck_m`` or turned
``recheck_deg``.
"""

from __future__ import annotations

from math import degrees

from reloc.trust.agreement import Sighting, difference
from reloc.trust.gate_config import GateConfig


class Rechecking:
    """Remember the last look that a verification bore out."""

    def __init__(self) -> None:
        self._borne_out: Sighting | None = None

    def note(self, look: Sighting) -> None:
        """Note a look that a verification bore out."""
        self._borne_out = look

    def is_due(self, look: Sighting, config: GateConfig, by_odometry: bool) -> bool:
        """Return whether a look that is where it is expected must be verified all the same."""
        if self._borne_out is None:
            return True
        off = difference(self._borne_out, look, by_odometry)
        if off.seconds > config.lost_after_s:
            return True
        return (off.travelled_m or 0.0) > config.recheck_m or degrees(off.turned_rad or 0.0) > config.recheck_deg
