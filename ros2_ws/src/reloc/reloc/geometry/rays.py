"""Intersect rays: where two pass closest (Hartley and Sturm, "Triangulation", 1997, sec. 5.1), and where many meet.

A ray is an origin and a unit direction; all arrays are (N, 3) in one frame, in meters.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


def midpoints(
    origin_a: Float64, direction_a: Float64, origin_b: Float64, direction_b: Float64
) -> tuple[Float64, Float64, Float64, Float64]:
    """Return midpoints of the shortest lines between rays a and b, pair by pair.

    Returns:
        Points (N, 3), the distances along both rays to the foot (N,) and (N,), negative behind the origin, and the sine
            of the angle between the rays (N,). Parallel rays give NaN.
    """
    between = origin_b - origin_a
    cosine = np.einsum("ni,ni->n", direction_a, direction_b)
    sine = np.linalg.norm(np.cross(direction_a, direction_b), axis=1)
    along_a = np.einsum("ni,ni->n", between, direction_a)
    along_b = np.einsum("ni,ni->n", between, direction_b)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth_a = (along_a - cosine * along_b) / sine**2
        depth_b = (cosine * along_a - along_b) / sine**2
    foot_a = origin_a + depth_a[:, None] * direction_a
    foot_b = origin_b + depth_b[:, None] * direction_b
    bad = ~np.isfinite(depth_a + depth_b)
    points = 0.5 * (foot_a + foot_b)
    points[bad] = np.nan
    depth_a[bad] = depth_b[bad] = np.nan
    return points, depth_a, depth_b, sine


def intersection(origins: Float64, directions: Float64, start: Float64, iterations: int = 5) -> Float64 | None:
    """Return the point (3,) with the least sum of squared (small) angles to the rays (N, 3).

    A ray's miss in meters is divided by its distance, so a far reference does not outvote a near one. That distance
    depends on the answer, so it is repeated ``iterations`` times, from ``start`` (3,).

    Returns:
        The point, or None if the rays are too nearly parallel to meet.
    """
    point = start
    for _ in range(iterations):
        information, towards = _normal_equations(origins, directions, point)
        values = np.linalg.eigvalsh(information)
        if not np.isfinite(values).all() or values[0] <= 1e-9 * values[-1]:
            return None
        point = np.asarray(np.linalg.solve(information, towards), dtype=np.float64)
    return point


def intersections(origins: Float64, directions: Float64, near: Float64) -> Float64:
    """Compute :func:`intersection` for many samples of the same rays: origins (N, 3), unit directions (S, N, 3).

    In every sample, a ray is weighted by its distance to ``near`` (3,), about where they all meet. So a sample of
    nearly parallel rays lies far off, but does not change its own weights.

    Returns:
        Points (S, 3); NaN if the rays are too nearly parallel to meet.
    """
    across = np.eye(3) - directions[..., :, None] * directions[..., None, :]  # (S, N, 3, 3)
    distance2 = np.maximum(np.sum((near - origins) ** 2, axis=1), 1e-6)
    weighted = across / distance2[:, None, None]
    information, towards = weighted.sum(axis=1), np.einsum("snij,nj->si", weighted, origins)
    points = np.full((len(directions), 3), np.nan)
    known = np.isfinite(information).all(axis=(1, 2))
    values = np.linalg.eigvalsh(information[known])
    known[known] = values[:, 0] > 1e-9 * values[:, -1]
    points[known] = np.linalg.solve(information[known], towards[known, :, None])[..., 0]
    return points


def angles_to(origins: Float64, directions: Float64, points: Float64) -> tuple[Float64, Float64]:
    """Return angles (P, N) in radians between rays (N, 3) and the directions from their origins to points (P, 3), and
    distances.

    The angle to a point at the origin itself is NaN: it has no direction.
    """
    ways = points[:, None, :] - origins  # (P, N, 3)
    distance = np.linalg.norm(ways, axis=-1)
    across = np.linalg.norm(np.cross(ways, directions), axis=-1)
    along = np.einsum("pni,ni->pn", ways, directions)
    angle = np.arctan2(across, along)  # exact for small angles, where arccos is not
    return np.where(distance > 1e-9, angle, np.nan), distance


def point_information(origins: Float64, directions: Float64, point: Float64) -> Float64:
    """Return the inverse covariance (3, 3) of the rays' intersection, for a sigma of 1 rad of each direction."""
    return _normal_equations(origins, directions, point)[0]


def _normal_equations(origins: Float64, directions: Float64, point: Float64) -> tuple[Float64, Float64]:
    across = np.eye(3) - directions[:, :, None] * directions[:, None, :]  # (N, 3, 3), projects the ray out
    distance2 = np.maximum(np.sum((point - origins) ** 2, axis=1), 1e-6)  # a reference at the point itself: 1 mm
    weighted = across / distance2[:, None, None]
    return weighted.sum(axis=0), np.einsum("nij,nj->i", weighted, origins)
