"""Odometry that arrives late."""

from __future__ import annotations

from reloc.kidnap.disturbance import Disturbance, Odometry


class StaleOdometry(Disturbance):
    """From the start, odometry is half a second old."""

    name = "stale_odometry"
    about = "Odometry is half a second old"
    from_start = True

    def odometry(self, odom_from_cam: Odometry, kidnap: int, hz: float) -> Odometry:
        """Return odometry that is delayed by some looks."""
        late = max(1, round(0.5 * hz))
        return [odom_from_cam[max(0, i - late)] for i in range(len(odom_from_cam))]


PLUGIN = StaleOdometry
