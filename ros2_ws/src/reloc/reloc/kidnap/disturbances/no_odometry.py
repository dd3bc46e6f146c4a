"""Odometry that is missing, or is NaN."""

from __future__ import annotations

import numpy as np

from reloc.kidnap.disturbance import Disturbance, Odometry
from reloc.kidnap.scenery import Scenery


class NoOdometry(Disturbance):
    """There is no odometry from the start, or it is not finite from the kidnap on."""

    name = "no_odometry"
    about = "There is no odometry, or it is NaN from the kidnap on"

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        super().__init__(scenery, random)
        self._absent = bool(random.random() < 0.5)

    def odometry(self, odom_from_cam: Odometry, kidnap: int, hz: float) -> Odometry:
        """Return None, or NaN."""
        if self._absent:
            return [None] * len(odom_from_cam)
        broken = np.full((4, 4), np.nan)
        return [*odom_from_cam[:kidnap], *[broken] * (len(odom_from_cam) - kidnap)]


PLUGIN = NoOdometry
