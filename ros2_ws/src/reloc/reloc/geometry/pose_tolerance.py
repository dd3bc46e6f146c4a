"""Define which answers are wrong: one rule for all of reloc, so that all figures agree."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reloc.geometry.transforms import distance_between, rotation_angle_between

# What a robot can tolerate; beyond it an answer is wrong, whatever its covariance.
WRONG_M, WRONG_DEG = 0.5, 10.0


def is_wrong(world_from_cam: NDArray[np.float64], world_from_true: NDArray[np.float64]) -> bool:
    """Return whether two poses (4, 4) differ by more than 0.5 m or 10 degrees."""
    degrees = np.rad2deg(rotation_angle_between(world_from_cam, world_from_true))
    return bool(distance_between(world_from_cam, world_from_true) > WRONG_M or degrees > WRONG_DEG)
