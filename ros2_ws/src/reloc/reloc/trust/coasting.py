"""How long the estimate goes on by odometry alone, between two accepted looks.

Odometry drifts by a share of the way (``GateConfig.drift``, ``drift_deg``), so that after some meters its drift exceeds
what two looks of one place may differ by (``agree_m``, ``agree_deg``). Until then an estimate that was right is right
still, if odometry is trusted and nothing contradicts it. What contradicts it ends it at once, and nothing but an
accepted look begins it again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.geometry.covariance import above
from reloc.trust.agreement import Sighting, difference, slack
from reloc.trust.gate_config import GateConfig
from reloc.trust.odometry import Reading

NO_ODOMETRY = "odometry is not known"


@dataclass(frozen=True, slots=True)
class _Used:
    """What odometry has done since the last accepted look."""

    metres: float = 0.0
    degrees: float = 0.0
    seconds: float = 0.0


class Coasting:
    """Judges after every look whether the estimate may go on by odometry."""

    def __init__(self, config: GateConfig) -> None:
        self._config = config
        self.restart(None)

    def use(self, config: GateConfig) -> None:
        """Judge by these parameters from now on."""
        self._config = config

    def restart(self, stamp_ns: int | None) -> None:
        """Begin at an accepted look; ``None``: there is none yet."""
        self.ended = "" if stamp_ns is not None else "there was no fix yet"  # why the estimate may not go on
        self._used = _Used()
        self._look_ns = self._odometry_ns = stamp_ns or 0

    def contradict(self, why: str) -> None:
        """End it: what is believed and what is seen differ."""
        self.ended = self.ended or why

    def follow(self, estimate: Sighting, reading: Reading, trusted: bool, stamp_ns: int) -> None:
        """Take odometry at a look that was not accepted."""
        if not self.ended:
            self.ended = self._limit(estimate, reading, trusted, stamp_ns)
        self._look_ns = stamp_ns

    @property
    def left(self) -> float:
        """1 at an accepted look, falling to 0 at the first of the limits."""
        config, used = self._config, self._used
        pairs = (
            (used.metres, config.coast_m),
            (used.degrees, config.coast_deg),
            (used.seconds, config.coast_s),
        )
        return max(0.0, 1.0 - max(part / most if most > 0 else 1.0 for part, most in pairs))

    @property
    def detail(self) -> str:
        """How far it went, for a person."""
        config, used = self._config, self._used
        return (
            f"Coasting by odometry for {used.seconds:.1f} of at most {config.coast_s:g} s, {used.metres:.2f} of "
            f"{config.coast_m:g} m, {used.degrees:.0f} of {config.coast_deg:g} deg"
        )

    def lasts_s(self, last_ns: int) -> float:
        """Seconds that the estimate is good for after the newest look, if no further look comes."""
        if self.ended:
            return 0.0
        silent_s = (last_ns - self._odometry_ns) * 1e-9
        return max(0.0, min(self._config.lost_after_s - silent_s, self._config.coast_s - self._used.seconds))

    def _limit(self, estimate: Sighting, reading: Reading, trusted: bool, stamp_ns: int) -> str:
        config = self._config
        if not trusted:
            return "odometry does not move as the camera does"
        if estimate.odom_from_cam is None:
            return NO_ODOMETRY
        seconds = (stamp_ns - estimate.stamp_ns) * 1e-9
        self._used = _Used(self._used.metres, self._used.degrees, seconds)
        if (pause_s := (stamp_ns - self._look_ns) * 1e-9) > config.lost_after_s:
            return f"no image was looked at for {pause_s:.1f} s; gate.lost_after_s is {config.lost_after_s:g} s"
        if seconds > config.coast_s:
            return f"the last fix is {seconds:.1f} s old; gate.coast_s is {config.coast_s:g} s"
        if reading.odom_from_cam is None:
            silent_s = (stamp_ns - self._odometry_ns) * 1e-9
            return f"{NO_ODOMETRY} for {silent_s:.1f} s" if silent_s >= config.lost_after_s else ""
        self._odometry_ns = stamp_ns
        return self._way(estimate, reading, seconds, stamp_ns)

    def _way(self, estimate: Sighting, reading: Reading, seconds: float, stamp_ns: int) -> str:
        config = self._config
        here = Sighting(stamp_ns, np.eye(4), np.zeros((6, 6)), reading.odom_from_cam, reading.path_m, reading.path_rad)
        off = difference(estimate, here)
        metres, degrees = off.travelled_m or 0.0, float(np.rad2deg(off.turned_rad or 0.0))
        self._used = _Used(metres, degrees, seconds)
        if metres > config.coast_m:
            return f"odometry went {metres:.1f} m since the last fix; gate.coast_m is {config.coast_m:g} m"
        if degrees > config.coast_deg:
            return f"odometry turned {degrees:.0f} deg since the last fix; gate.coast_deg is {config.coast_deg:g} deg"
        slack_m, slack_rad = slack(off, config)
        grown = off.expected_covariance + np.diag(np.square(np.repeat([slack_m, slack_rad], 3)))
        return above(grown, config.max_sigma_m, config.max_sigma_deg) or ""
