"""Compare poses of a robot on a plane."""

from __future__ import annotations

from math import atan2, degrees, hypot, pi

from reloc.datatypes import Float64


def planar_difference(a: Float64, b: Float64) -> tuple[float, float]:
    """Return the distance of two poses (4, 4) in x and y in meters, and their difference in yaw, 0 to 180 degrees.

    Height, roll and pitch do not count: a localizer on a plane such as AMCL reports them as 0.
    """
    apart_m = hypot(*(a[:2, 3] - b[:2, 3]))
    return apart_m, degrees(abs((_yaw(a) - _yaw(b) + pi) % (2 * pi) - pi))


def _yaw(pose: Float64) -> float:
    return atan2(pose[1, 0], pose[0, 0])
