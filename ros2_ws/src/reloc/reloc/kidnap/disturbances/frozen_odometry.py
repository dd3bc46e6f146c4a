"""Odometry that stands still."""

from __future__ import annotations

from reloc.kidnap.disturbance import Disturbance, Odometry


class FrozenOdometry(Disturbance):
    """From the kidnap on, odometry stays constant although the robot drives."""

    name = "frozen_odometry"
    about = "From the kidnap on, odometry stays constant although the robot drives"

    def odometry(self, odom_from_cam: Odometry, kidnap: int, hz: float) -> Odometry:
        """Return the last odometry before the kidnap."""
        return [odom_from_cam[min(i, kidnap - 1)] for i in range(len(odom_from_cam))]


PLUGIN = FrozenOdometry
