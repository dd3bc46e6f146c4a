"""Odometry that jumps."""

from __future__ import annotations

import numpy as np

from reloc.geometry.transforms import make, so3_exp
from reloc.kidnap.disturbance import Disturbance, Odometry

_EVERY_S = 0.6
_M = (0.3, 8.0)  # range of the jumps, meters; some are too small to be detected


class JumpingOdometry(Disturbance):
    """Every 0.6 s after the kidnap, odometry jumps by decimeters or meters, with a turn."""

    name = "jumping_odometry"
    about = "Every 0.6 s odometry jumps by 0.3 to 8 m, and turns"

    def odometry(self, odom_from_cam: Odometry, kidnap: int, hz: float) -> Odometry:
        """Return odometry with the accumulated jumps."""
        every, shift = max(1, round(_EVERY_S * hz)), np.eye(4)
        found: Odometry = []
        for i, pose in enumerate(odom_from_cam):
            if i > kidnap and (i - kidnap) % every == 0:
                way = self.random.normal(size=3)
                metres = np.exp(self.random.uniform(*np.log(_M)))
                turn = so3_exp(self.random.normal(0.0, 0.5, 3))
                shift = make(turn, way / np.linalg.norm(way) * metres) @ shift
            found.append(None if pose is None else shift @ pose)
        return found


PLUGIN = JumpingOdometry
