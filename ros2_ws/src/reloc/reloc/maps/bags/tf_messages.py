"""Stamps and poses in the messages of a bag."""

from __future__ import annotations

from typing import Any

from reloc.datatypes import Float64
from reloc.maps.pose_input import from_quaternion


def stamp_ns(stamp: Any) -> int:
    """Nanoseconds of a builtin_interfaces/Time."""
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def rigid(translation: Any, rotation: Any, what: str) -> Float64:
    """A transform (4, 4) from a Vector3 or Point and a Quaternion.

    Raises:
        PoseError: a number is not finite, or the quaternion's length is not 1.
    """
    xyzw = (rotation.x, rotation.y, rotation.z, rotation.w)
    return from_quaternion(xyzw, (translation.x, translation.y, translation.z), what)
