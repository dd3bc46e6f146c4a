"""Check poses from files and messages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import PoseError
from reloc.geometry import transforms

QUATERNION_TOLERANCE = 1e-2  # tolerance of a quaternion's length


def from_quaternion(xyzw: Sequence[float], translation: Sequence[float], what: str) -> Float64:
    """Return the transform (4, 4) of a quaternion (4,) xyzw and a translation (3,) in meters.

    Raises:
        PoseError: a number is not finite, or the quaternion's length is not 1.
    """
    norm = float(np.linalg.norm(xyzw))
    if not abs(norm - 1.0) <= QUATERNION_TOLERANCE:  # also for NaN
        raise PoseError(f"{what} has a quaternion of length {norm:.4g}", "It must be 1")
    return transforms.check_rigid(transforms.from_quaternion(xyzw, translation), what)
