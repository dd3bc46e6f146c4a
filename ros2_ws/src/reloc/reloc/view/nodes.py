"""Put cameras and covariances into the scene."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.view import ellipsoid
from reloc.view.palette import Rgb

if TYPE_CHECKING:
    from viser import ViserServer

_EDGES = ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4), (4, 1))


def wxyz(b_from_a: Float64) -> Float64:
    """Return the rotation of a transform as viser's quaternion."""
    x, y, z, w = transforms.to_quaternion(b_from_a)
    return np.array([w, x, y, z])


def add_camera(
    server: ViserServer,
    name: str,
    world_from_cam: Float64,
    camera: Camera,
    size: float,
    color: Rgb,
    image: UInt8 | None,
) -> Any:
    """Add a frustum with its image; return its handle.

    Args:
        size: depth of the frustum, meters.
    """
    high = 2.0 * math.atan(camera.height / (2.0 * camera.fy))
    aspect = (camera.width / camera.fx) / (camera.height / camera.fy)
    return server.scene.add_camera_frustum(
        name, high, aspect, scale=size, thickness=size * 0.02, color=color, image=image, format="jpeg", jpeg_quality=70,
        wxyz=wxyz(world_from_cam), position=world_from_cam[:3, 3], cast_shadow=False, receive_shadow=False,
    )  # fmt: skip


def add_covariance(server: ViserServer, name: str, position: Float64, covariance: Float64, color: Rgb) -> Any:
    """Add the ellipsoid that holds the position with 95 % probability; return its handle."""
    vertices, faces = ellipsoid.mesh(covariance)
    return server.scene.add_mesh_simple(
        name, vertices, faces, color=color, opacity=0.35, side="double", position=position, cast_shadow=False,
        receive_shadow=False,
    )  # fmt: skip


def frustum_lines(world_from_cam: Float64, camera: Camera, size: float) -> Float64:
    """Return the edges (8, 2, 3) of a frustum, for many of them in one node."""
    x, y = camera.width / camera.fx / 2, camera.height / camera.fy / 2
    corners = np.array([[0, 0, 0], [-x, -y, 1], [x, -y, 1], [x, y, 1], [-x, y, 1]], np.float64) * size
    return np.asarray(transforms.transform(world_from_cam, corners)[np.array(_EDGES)])


def path_lines(positions: Float64) -> Float64:
    """Return the segments (N - 1, 2, 3) of a path (N, 3)."""
    return np.stack([positions[:-1], positions[1:]], axis=1) if len(positions) > 1 else np.zeros((0, 2, 3))
