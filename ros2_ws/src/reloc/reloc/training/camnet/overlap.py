"""Compute how much of one view another view sees: CamNet's bilateral frustum overlap (3.1.1).

The printed equation (2) adds t1 - t2 after the rotation into the second camera, though t1 - t2 is in the world's frame.
Here, with world_from_cam = (R, t): X2' ~ K R2^T (R1 K^-1 X1 D1(X1) + t1 - t2), a point in front of the second camera.
theta_1 is the share of a grid of 10 x 10 pixels of the first image that fall inside the second image. theta_2 is the
same with the images exchanged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reloc.datatypes import Float32, Float64
from reloc.errors import DepthError, TrainingDataError
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import inverse, transform

ACROSS = 10
FEWEST_POINTS = 10  # points of the grid with known depth; with fewer the overlap is unknown
NEAREST_M, FARTHEST_M = 0.05, 500.0  # limits for a place's median depth; outside of them the unit is not meters


def grid_points(depth: Float32, camera: Camera) -> Float64:
    """Return points (K, 3) in the camera's frame, for the grid's pixels with known depth.

    Args:
        depth: (h, w) meters along the optical axis over the whole image, in any resolution; 0, NaN or infinite where it
        is unknown.
    """
    u, v = (((np.arange(ACROSS) + 0.5) / ACROSS * side - 0.5) for side in (camera.width, camera.height))
    uv = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    rows, columns = (
        ((uv[:, axis] + 0.5) * cells / side).astype(int).clip(0, cells - 1)
        for axis, cells, side in ((1, depth.shape[0], camera.height), (0, depth.shape[1], camera.width))
    )
    z = depth[rows, columns].astype(np.float64)
    known = np.isfinite(z) & (z > 0)
    rays = np.column_stack([camera.normalize(uv[known]), np.ones(int(known.sum()))])
    return np.asarray(rays * z[known, None])


def overlaps(points: Sequence[Float64], world_from_cam: Float64, camera: Camera) -> Float64:
    """Return (N, N): in row i and column j, the share of view i's points that view j shows.

    Rows of views with too few points are NaN.

    Args:
        points: the points of each view, see :func:`grid_points`.
        world_from_cam: (N, 4, 4).

    Raises:
        TrainingDataError: a pose is not finite.
        DepthError: the depth is not in meters.
    """
    if len(points) != len(world_from_cam) or not np.isfinite(world_from_cam).all():
        raise TrainingDataError(
            f"{len(points)} depth images with {len(world_from_cam)} poses", "Give one finite pose for each"
        )
    check_unit(points)
    cam_from_world = inverse(world_from_cam)
    shares = np.full((len(points), len(points)), np.nan)
    for i, xyz in enumerate(points):
        if len(xyz) < FEWEST_POINTS:
            continue
        xyz_in_world = transform(world_from_cam[i], xyz)
        seen = np.einsum("nij,kj->nki", cam_from_world[:, :3, :3], xyz_in_world) + cam_from_world[:, None, :3, 3]
        ahead = seen[..., 2] > 1e-6
        z = np.where(ahead, seen[..., 2], 1.0)
        u, v = seen[..., 0] / z * camera.fx + camera.cx, seen[..., 1] / z * camera.fy + camera.cy
        inside = (u >= -0.5) & (v >= -0.5) & (u < camera.width - 0.5) & (v < camera.height - 0.5)
        shares[i] = (ahead & inside).mean(axis=1)
    return shares


def check_unit(points: Sequence[Float64]) -> None:
    """Check that the depth is in meters.

    Raises:
        DepthError: the median depth is impossible in meters.
    """
    z = np.concatenate([xyz[:, 2] for xyz in points]) if len(points) else np.zeros(0)
    if len(z) and not NEAREST_M <= (median := float(np.median(z))) <= FARTHEST_M:
        raise DepthError(f"The median depth is {median:.3g} m", "Depth must be in meters: divide millimeters by 1000")
