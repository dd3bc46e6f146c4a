"""Limit how long odometry alone carries the estimate on, between two accepted looks.

Odometry drifts with the distance (``GateConfig.drift``, ``drift_deg``), so the estimate's sigma grows. A right estimate
stays useful while this sigma is small, odometry is trusted, and nothing contradicts the estimate. A contradiction ends
coasting at once. Only an accepted look starts it again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import degrees, hypot, radians

import numpy as np

from reloc.geometry.covariance import sigmas
from reloc.trust.agreement import Sighting, difference
from reloc.trust.gate_config import GateConfig
from reloc.trust.odometry import Reading

BOUND = 2.0  # drift and drift_deg count as this many sigmas of odometry's error
_SUDDEN_M, _SUDDEN_DEG = 0.05, 3.0  # motion allowed beyond the top speed, because stamps are not exact
NO_ODOMETRY = "there is no odometry"


@dataclass(frozen=True, slots=True)
class _Used:
    """Odometry's motion since the last accepted look, and the estimate's sigmas after it."""

    seconds: float = 0.0
    metres: float = 0.0
    degrees: float = 0.0
    sigma_m: float = 0.0
    sigma_deg: float = 0.0


class Coasting:
    """Decide after every look whether odometry may carry the estimate on."""

    def __init__(self, config: GateConfig) -> None:
        self._config = config
        self._patience_s = config.lost_after_s
        self.restart(None)

    def use(self, config: GateConfig) -> None:
        """Use these parameters from now on."""
        self._config = config

    def restart(self, look: Sighting | None) -> None:
        """Start again at an accepted look; None if there is none yet."""
        self.ended = "" if look is not None else "there was no fix yet"  # why odometry may not carry the estimate on
        self._used = _Used()
        self._look_ns = self._odometry_ns = 0 if look is None else look.stamp_ns
        self._path = (0.0, 0.0) if look is None else (look.path_m, look.path_rad)

    def contradict(self, why: str) -> None:
        """End coasting, because something contradicts the estimate. ``why`` is the reason as text."""
        self.ended = self.ended or why

    def watch_for(self, patience_s: float) -> None:
        """Set how long a pause without looks or odometry may last, so that a slow camera does not end coasting."""
        self._patience_s = patience_s

    def follow(self, estimate: Sighting, reading: Reading, trusted: bool, stamp_ns: int) -> None:
        """Process odometry at a look that was not accepted."""
        if not self.ended:
            self.ended = self._limit(estimate, reading, trusted, stamp_ns)
        self._look_ns = stamp_ns

    @property
    def left(self) -> float:
        """Return the remaining share of the limits: 1 at an accepted look, 0 when the first limit is reached."""
        config, used = self._config, self._used
        pairs = ((used.sigma_m, config.coast_m), (used.sigma_deg, config.coast_deg), (used.seconds, config.coast_s))
        return max(0.0, 1.0 - max(part / most if most > 0 else 1.0 for part, most in pairs))

    @property
    def detail(self) -> str:
        """Return time, distance and sigmas of coasting as text."""
        config, used = self._config, self._used
        return (
            f"Coasting by odometry for {used.seconds:.1f} of at most {config.coast_s:g} s, {used.metres:.2f} m and "
            f"{used.degrees:.0f} deg; sigma {used.sigma_m:.2f} of {config.coast_m:g} m and {used.sigma_deg:.1f} of "
            f"{config.coast_deg:g} deg"
        )

    def lasts_s(self, last_ns: int) -> float:
        """Return how many seconds the estimate stays valid after the newest look, if no further look comes."""
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
            return "odometry's motion differs from the camera's"
        if estimate.odom_from_cam is None:
            return NO_ODOMETRY
        seconds = (stamp_ns - estimate.stamp_ns) * 1e-9
        self._used = replace(self._used, seconds=seconds)
        if (pause_s := (stamp_ns - self._look_ns) * 1e-9) > self._patience_s:
            return f"no image was processed for {pause_s:.1f} s"
        if seconds > config.coast_s:
            return f"the last fix is {seconds:.1f} s old; gate.coast_s is {config.coast_s:g} s"
        if reading.odom_from_cam is None:
            silent_s = (stamp_ns - self._odometry_ns) * 1e-9
            return f"{NO_ODOMETRY} for {silent_s:.1f} s" if silent_s >= self._patience_s else ""
        if too_fast := self._too_fast(reading, stamp_ns):
            return too_fast
        self._odometry_ns, self._path = stamp_ns, (reading.path_m, reading.path_rad)
        self._used = used = self._after(estimate, reading, seconds, stamp_ns)
        way = f"after {used.metres:.1f} m and {used.degrees:.0f} deg by odometry"
        if used.sigma_m > config.coast_m:
            return f"its position sigma is {used.sigma_m:.2f} m {way}; gate.coast_m is {config.coast_m:g} m"
        if used.sigma_deg > config.coast_deg:
            return f"its rotation sigma is {used.sigma_deg:.1f} deg {way}; gate.coast_deg is {config.coast_deg:g} deg"
        return ""

    def _too_fast(self, reading: Reading, stamp_ns: int) -> str:
        """Return why odometry moved faster than the robot can since the last look; empty if it did not.

        This happens if somebody carries the robot and its wheels spin.
        """
        config, seconds = self._config, (stamp_ns - self._odometry_ns) * 1e-9
        metres, turned_deg = reading.path_m - self._path[0], degrees(reading.path_rad - self._path[1])
        if metres > config.max_speed * seconds + _SUDDEN_M:
            return f"odometry moved {metres:.2f} m in {seconds:.2f} s; gate.max_speed is {config.max_speed:g} m/s"
        if turned_deg > config.max_turn_deg * seconds + _SUDDEN_DEG:
            limit = f"gate.max_turn_deg is {config.max_turn_deg:g} deg/s"
            return f"odometry turned {turned_deg:.0f} deg in {seconds:.2f} s; {limit}"
        return ""

    def _after(self, estimate: Sighting, reading: Reading, seconds: float, stamp_ns: int) -> _Used:
        here = Sighting(stamp_ns, np.eye(4), np.zeros((6, 6)), reading.odom_from_cam, reading.path_m, reading.path_rad)
        config, off = self._config, difference(estimate, here)
        metres, turned = off.travelled_m or 0.0, off.turned_rad or 0.0
        # Errors of the scale and of the heading are independent, so their squares add up.
        drift_rad = hypot(config.drift * turned, radians(config.drift_deg) * metres)
        process = np.square(np.repeat([config.drift * metres, drift_rad], 3) / BOUND)
        sigma_m, sigma_rad = sigmas(off.expected_covariance + np.diag(process))
        return _Used(seconds, metres, degrees(turned), sigma_m, degrees(sigma_rad))
