"""Depth images, and their projection into the color camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float32, Float64, freeze
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera


@dataclass(frozen=True, slots=True)
class DepthImage:
    """Depth in its own camera. ``cam`` is the color camera of the same frame."""

    metres: Float32  # (H, W) along the depth camera's z axis; 0 if unknown
    camera: Camera  # of the depth image
    cam_from_depth: Float64  # (4, 4); the identity if depth is registered to the color image

    def __post_init__(self) -> None:
        freeze(self.metres, self.cam_from_depth)

    def points(self) -> Float64:
        """Return every known pixel as a point in the color camera's frame, (N, 3) meters."""
        v, u = np.nonzero(self.metres > 0)
        uv = np.column_stack([u, v]).astype(np.float64)
        xyz_in_depth = np.column_stack([self.camera.normalize(uv), np.ones(len(uv))]) * self.metres[v, u, None]
        return transforms.transform(self.cam_from_depth, xyz_in_depth)


def register(depth: DepthImage, camera: Camera) -> Float32:
    """Return depth in the color camera: (H, W) float32 meters, 0 if unknown.

    Points are projected one by one and the nearest wins. A pixel without a point stays unknown. So does a pixel whose
    surface shows through the gaps of a nearer one.
    """
    if camera == depth.camera and np.array_equal(depth.cam_from_depth, np.eye(4)):
        return depth.metres
    xyz_in_cam = depth.points()
    uv = camera.project(xyz_in_cam)
    inside = (uv > -0.5).all(axis=1) & (uv < (camera.width - 0.5, camera.height - 0.5)).all(axis=1)  # NaN is outside
    u, v = np.rint(uv[inside]).astype(np.intp).T
    nearest = np.full((camera.height, camera.width), np.inf, np.float32)
    np.minimum.at(nearest, (v, u), xyz_in_cam[inside, 2].astype(np.float32))
    return np.where(np.isfinite(nearest), nearest, np.float32(0))
