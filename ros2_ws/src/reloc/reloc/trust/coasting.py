"""How long the estimate goes on by odometry alone, between two accepted looks.

Odometry drifts with the way (``GateConfig.drift``, ``drift_deg``), so that the estimate's sigma grows. While it is
small against what two looks of one place may differ by, an estimate that was right is of use still, if odometry is
trusted and nothing contradicts it. What contradicts it ends it at once, and nothing but an accepted look begins it
again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import degrees, hypot, radians

import numpy as np

from reloc.geometry.covariance import sigmas
from reloc.trust.agreement import Sighting, difference
from reloc.trust.gate_config import GateConfig
from reloc.trust.odometry import Reading

BOUND = 2.0  # sigmas: drift and drift_deg say how wrong odometry may be
NO_ODOMETRY = "odometry is not known"


@dataclass(frozen=True, slots=True)
class _Used:
    """What odometry has done since the last accepted look, and how sure the estimate is after it (sigmas)."""

    seconds: float = 0.0
    metres: float = 0.0
    degrees: float = 0.0
    sigma_m: float = 0.0
    sigma_deg: float = 0.0


class Coasting:
    """Judges after every look whether the estimate may go on by odometry."""

    def __init__(self, config: GateConfig) -> None:
        self._config = config
        self._patience_s = config.lost_after_s
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

    def watch_for(self, patience_s: float) -> None:
        """Be patient for so long where no look or no odometry comes: a slow camera is no reason to give up."""
        self._patience_s = patience_s

    def follow(self, estimate: Sighting, reading: Reading, trusted: bool, stamp_ns: int) -> None:
        """Take odometry at a look that was not accepted."""
        if not self.ended:
            self.ended = self._limit(estimate, reading, trusted, stamp_ns)
        self._look_ns = stamp_ns

    @property
    def left(self) -> float:
        """1 at an accepted look, falling to 0 at the first of the limits."""
        config, used = self._config, self._used
        pairs = ((used.sigma_m, config.coast_m), (used.sigma_deg, config.coast_deg), (used.seconds, config.coast_s))
        return max(0.0, 1.0 - max(part / most if most > 0 else 1.0 for part, most in pairs))

    @property
    def detail(self) -> str:
        """How far it went, for a person."""
        config, used = self._config, self._used
        return (
            f"Coasting by odometry for {used.seconds:.1f} of at most {config.coast_s:g} s, {used.metres:.2f} m and "
            f"{used.degrees:.0f} deg; sigma {used.sigma_m:.2f} of {config.coast_m:g} m and {used.sigma_deg:.1f} of "
            f"{config.coast_deg:g} deg"
        )

    def lasts_s(self, last_ns: int) -> float:
        """Seconds that the estimate is good for after the newest look, if no further look comes."""
        if self.ended or self._is_off:
            return 0.0
        silent_s = (last_ns - self._odometry_ns) * 1e-9
        return max(0.0, min(self._patience_s - silent_s, self._config.coast_s - self._used.seconds))

    @property
    def _is_off(self) -> bool:
        return min(self._config.coast_m, self._config.coast_deg, self._config.coast_s) <= 0

    def _limit(self, estimate: Sighting, reading: Reading, trusted: bool, stamp_ns: int) -> str:
        config = self._config
        if self._is_off:
            return "COASTING is turned off by a limit of 0 (gate.coast_m, gate.coast_deg, gate.coast_s)"
        if not trusted:
            return "odometry does not move as the camera does"
        if estimate.odom_from_cam is None:
            return NO_ODOMETRY
        seconds = (stamp_ns - estimate.stamp_ns) * 1e-9
        self._used = replace(self._used, seconds=seconds)
        if (pause_s := (stamp_ns - self._look_ns) * 1e-9) > self._patience_s:
            return f"no image was looked at for {pause_s:.1f} s"
        if seconds > config.coast_s:
            return f"the last fix is {seconds:.1f} s old; gate.coast_s is {config.coast_s:g} s"
        if reading.odom_from_cam is None:
            silent_s = (stamp_ns - self._odometry_ns) * 1e-9
            return f"{NO_ODOMETRY} for {silent_s:.1f} s" if silent_s >= self._patience_s else ""
        self._odometry_ns = stamp_ns
        self._used = used = self._after(estimate, reading, seconds, stamp_ns)
        way = f"after {used.metres:.1f} m and {used.degrees:.0f} deg by odometry"
        if used.sigma_m > config.coast_m:
            return f"its position sigma is {used.sigma_m:.2f} m {way}; gate.coast_m is {config.coast_m:g} m"
        if used.sigma_deg > config.coast_deg:
            return f"its rotation sigma is {used.sigma_deg:.1f} deg {way}; gate.coast_deg is {config.coast_deg:g} deg"
        return ""

    def _after(self, estimate: Sighting, reading: Reading, seconds: float, stamp_ns: int) -> _Used:
        here = Sighting(stamp_ns, np.eye(4), np.zeros((6, 6)), reading.odom_from_cam, reading.path_m, reading.path_rad)
        config, off = self._config, difference(estimate, here)
        metres, turned = off.travelled_m or 0.0, off.turned_rad or 0.0
        # A scale, and a heading that drifts with the way: errors of their own, so their squares add up.
        drift_rad = hypot(config.drift * turned, radians(config.drift_deg) * metres)
        process = np.square(np.repeat([config.drift * metres, drift_rad], 3) / BOUND)
        sigma_m, sigma_rad = sigmas(off.expected_covariance + np.diag(process))
        return _Used(seconds, metres, degrees(turned), sigma_m, degrees(sigma_rad))
