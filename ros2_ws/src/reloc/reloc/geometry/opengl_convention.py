"""OpenGL's camera axes, and the only place that converts them: x right, y up, z backward.

nerfstudio, Polycam, Record3D and ARKit give poses so. Here a camera is x right, y down, z forward.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64 = NDArray[np.float64]

_FLIP = np.diag([1.0, -1.0, -1.0, 1.0])


def pose_from_opengl(world_from_gl: ArrayLike) -> Float64:
    """Return world_from_cam (4, 4) of a camera-to-world matrix with OpenGL's axes."""
    return np.asarray(np.asarray(world_from_gl, dtype=np.float64) @ _FLIP)


def opengl_from_pose(world_from_cam: ArrayLike) -> Float64:
    """Return the camera-to-world matrix (4, 4) with OpenGL's axes."""
    return np.asarray(np.asarray(world_from_cam, dtype=np.float64) @ _FLIP)
