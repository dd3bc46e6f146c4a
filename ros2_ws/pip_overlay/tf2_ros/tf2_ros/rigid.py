"""Rigid transforms as plain tuples: a lookup is a few multiplications, too few for arrays to pay.

A transform is ``(translation xyz in metres, quaternion xyzw)`` and maps points of the child into the parent.
"""

from __future__ import annotations

import math

Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
Rigid = tuple[Vector, Quaternion]

IDENTITY: Rigid = ((0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0))


def multiply(a: Quaternion, b: Quaternion) -> Quaternion:
    """The rotation ``b``, then ``a``."""
    ax, ay, az, aw = a
    bx, by, bz, bw = b
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


def rotate(q: Quaternion, v: Vector) -> Vector:
    """``v`` turned by ``q``."""
    x, y, z, w = q
    tx, ty, tz = 2 * (y * v[2] - z * v[1]), 2 * (z * v[0] - x * v[2]), 2 * (x * v[1] - y * v[0])
    return (
        v[0] + w * tx + y * tz - z * ty,
        v[1] + w * ty + z * tx - x * tz,
        v[2] + w * tz + x * ty - y * tx,
    )


def compose(c_from_b: Rigid, b_from_a: Rigid) -> Rigid:
    """``c_from_a``."""
    x, y, z = rotate(c_from_b[1], b_from_a[0])
    t = c_from_b[0]
    return (t[0] + x, t[1] + y, t[2] + z), multiply(c_from_b[1], b_from_a[1])


def inverse(b_from_a: Rigid) -> Rigid:
    """``a_from_b``."""
    x, y, z, w = b_from_a[1]
    conjugate = (-x, -y, -z, w)
    back = rotate(conjugate, b_from_a[0])
    return (-back[0], -back[1], -back[2]), conjugate


def is_zero(q: Quaternion) -> bool:
    """Whether no rotation can be made of ``q``. Its squared length would be 0 for very small numbers, too."""
    return not any(q)


def normalized(q: Quaternion) -> Quaternion:
    """``q`` of length 1, whatever its length: the squares of very small and very large numbers are 0 and infinite."""
    largest = max(map(abs, q))
    x, y, z, w = (value / largest for value in q)
    n = math.sqrt(x * x + y * y + z * z + w * w)
    return x / n, y / n, z / n, w / n


def slerp(a: Quaternion, b: Quaternion, ratio: float) -> Quaternion:
    """Between ``a`` (ratio 0) and ``b`` (ratio 1) at constant speed, along the shorter way."""
    dot = sum(p * q for p, q in zip(a, b, strict=True))
    if dot < 0:
        b = (-b[0], -b[1], -b[2], -b[3])
        dot = -dot
    if dot > 1 - 1e-9:  # sin(angle) vanishes: a straight line is as good
        wa, wb = 1 - ratio, ratio
    else:
        angle = math.acos(dot)
        wa, wb = math.sin((1 - ratio) * angle) / math.sin(angle), math.sin(ratio * angle) / math.sin(angle)
    return normalized((wa * a[0] + wb * b[0], wa * a[1] + wb * b[1], wa * a[2] + wb * b[2], wa * a[3] + wb * b[3]))


def interpolate(a: Rigid, b: Rigid, ratio: float) -> Rigid:
    """Position on the straight line, orientation by slerp."""
    p, q = a[0], b[0]
    position = (p[0] + ratio * (q[0] - p[0]), p[1] + ratio * (q[1] - p[1]), p[2] + ratio * (q[2] - p[2]))
    return position, slerp(a[1], b[1], ratio)
