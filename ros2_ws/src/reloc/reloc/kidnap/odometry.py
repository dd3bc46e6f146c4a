"""Simulate wheel odometry: the true motion with small errors."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.kidnap.config import KidnapConfig

_NOISE = 0.01  # standard deviation along each axis, as a share of a step's length


def random_turn(random: np.random.Generator, most_rad: float = np.pi) -> Float64:
    """Return a rotation (3, 3) about a random axis, by up to this angle."""
    axis = random.normal(size=3)
    return so3_exp(axis / np.linalg.norm(axis) * random.uniform(-most_rad, most_rad))


class Drift:
    """The errors of one robot's odometry: a scale, a turn per meter, and noise per step."""

    def __init__(self, config: KidnapConfig, random: np.random.Generator) -> None:
        self._random = random
        self._scale = 1.0 + random.normal(0.0, config.odometry_drift)
        self._turn = random.normal(0.0, np.deg2rad(config.odometry_drift_deg), 3)  # about the camera's axes, per meter

    def measured(self, motion: Float64) -> Float64:
        """Return odometry's measurement of a motion before_from_after (4, 4)."""
        way = motion[:3, 3]
        metres = float(np.linalg.norm(way))
        moved = way * self._scale + self._random.normal(0.0, _NOISE * metres + 1e-12, 3)
        return make(motion[:3, :3] @ so3_exp(self._turn * metres), moved)

    def integrated(self, start: Float64, world_from_cam: Sequence[Float64]) -> list[Float64]:
        """Return odom_from_cam for each pose of a drive. ``start`` (4, 4) is the first one."""
        found = [start]
        for before, after in pairwise(world_from_cam):
            found.append(found[-1] @ self.measured(inverse(before) @ after))
        return found
