"""The robot's body: pose and lens of its camera."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import make, so3_exp

Float64 = NDArray[np.float64]

CAMERA = Camera(640, 480, 410.0, 410.0, 319.5, 239.5)
CAMERA_HEIGHT = 0.95
RADIUS = 0.22  # radius on the floor in meters

_LEVEL = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])  # base_from_optical, looking ahead
BASE_FROM_CAM = make(_LEVEL @ so3_exp((-np.deg2rad(2.0), 0.0, 0.0)), (0.10, 0.0, CAMERA_HEIGHT))


def world_from_base(pose: Float64) -> Float64:
    """Return the transform (4, 4) of a pose (x, y, yaw)."""
    return make(so3_exp((0.0, 0.0, pose[2])), (pose[0], pose[1], 0.0))


def world_from_cam(pose: Float64) -> Float64:
    """Return the camera's optical frame in the world for a base at (x, y, yaw)."""
    return np.asarray(world_from_base(pose) @ BASE_FROM_CAM)
