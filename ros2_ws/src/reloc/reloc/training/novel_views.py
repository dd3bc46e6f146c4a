"""Views from where no reference was taken, made of the references near there.

PoseNet's authors name it as future work: "multiview geometry as a source of training data for deep pose regressors".
A reference's landmarks give its depth, sparse but everywhere; with depth between them interpolated, its image is
warped into a camera some decimetres and degrees away. The pose of such a view is exact; its pixels are off where depth
jumps, which a regressor forgives.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator, NearestNDInterpolator

from reloc.datatypes import Float32, Float64, UInt8
from reloc.errors import TrainingDataError
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import inverse, transform
from reloc.maps.reference_map import ReferenceMap
from reloc.preprocessing import Preprocess

DEPTH_CELL = 4  # pixels of an image per cell of its depth
FEWEST_LANDMARKS = 12  # a reference with fewer says too little of its depth
ROUNDS = 5  # of the fixed point that finds which pixel a ray of the new view meets
MISS = 0.02  # largest error of that fixed point, in widths of the view

_ONE_MAP = np.empty(0, np.float32)  # OpenCV's second map, where the first holds both columns and rows


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceView:
    """A reference as the target camera sees it, with its depth."""

    image: UInt8  # (H, W, 3) RGB
    depth: Float32  # (H / GRID, W / GRID) metres along the optical axis
    world_from_cam: Float64  # (4, 4)


def load_view(reference_map: ReferenceMap, index: int, target: Camera) -> ReferenceView | None:
    """Reference ``index`` as ``target`` (a pinhole) would have seen it; None where it has too few landmarks.

    Raises:
        TrainingDataError: the map has no landmarks.
        ImageError: its image cannot be read.
    """
    if not reference_map.has_landmarks:
        raise TrainingDataError(
            f"The map {reference_map.path} has no landmarks", "Build it with --landmarks triangulate or depth"
        )
    ids = reference_map.landmark_ids(index)
    world_from_cam = reference_map.world_from_cam[index]
    xyz = transform(inverse(world_from_cam), reference_map.landmarks[ids[ids >= 0]].astype(np.float64))
    xyz = xyz[xyz[:, 2] > 0.05]
    if len(xyz) < FEWEST_LANDMARKS:
        return None
    image = np.empty((target.height, target.width, 3), np.uint8)
    Preprocess(target).into(reference_map.image(index), reference_map.camera(index), image)
    return ReferenceView(image, dense_depth(target, xyz), world_from_cam)


def dense_depth(camera: Camera, xyz_in_cam: Float64) -> Float32:
    """(H / GRID, W / GRID) depth between the points (N, 3): its inverse is linear on their triangles, as on planes.

    Outside their hull it is that of the nearest point. Single points far off their neighbours are smoothed away.
    """
    uv, near = camera.project(xyz_in_cam), 1.0 / xyz_in_cam[:, 2]
    u, v = np.meshgrid(
        np.arange(0, camera.width, DEPTH_CELL) + (DEPTH_CELL - 1) / 2,
        np.arange(0, camera.height, DEPTH_CELL) + (DEPTH_CELL - 1) / 2,
    )
    grid = LinearNDInterpolator(uv, near)(u, v)
    nearest = NearestNDInterpolator(uv, near)(u, v)
    filled = np.where(np.isfinite(grid), grid, nearest).astype(np.float32)
    return np.asarray(1.0 / cv2.GaussianBlur(cv2.medianBlur(filled, 5), (0, 0), 1.0), dtype=np.float32)


def warp(view: ReferenceView, camera: Camera, world_from_new: Float64) -> tuple[UInt8, UInt8]:
    """What ``camera``, that of the view, would see from ``world_from_new``.

    Returns:
        The image (H, W, 3), and where it is known, (H, W), 0 or 255.

    Each ray of the new view is met with the reference's surface by a fixed point: guess the depth, see which pixel of
    the reference looks there, take that pixel's depth, and so on. Where that does not settle, nothing is known.
    """
    height, width = view.image.shape[:2]
    u, v = np.meshgrid(
        np.arange(0, width, DEPTH_CELL) + (DEPTH_CELL - 1) / 2, np.arange(0, height, DEPTH_CELL) + (DEPTH_CELL - 1) / 2
    )
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones_like(u)], -1)
    ref_from_new = inverse(view.world_from_cam) @ world_from_new
    rays = rays @ ref_from_new[:3, :3].T  # (h, w, 3) along the new view's rays, in the reference
    start, ahead = ref_from_new[:3, 3], ref_from_new[:3, :3].T[2]
    far = np.full(u.shape, float(np.median(view.depth)))  # along the new view's optical axis
    before = np.zeros((*u.shape, 2))
    for _ in range(ROUNDS):
        xyz = start + far[..., None] * rays
        z = np.maximum(xyz[..., 2], 1e-3)
        uv = np.stack([xyz[..., 0] / z * camera.fx + camera.cx, xyz[..., 1] / z * camera.fy + camera.cy], -1)
        moved, before = np.abs(uv - before).max(-1), uv
        cell = ((uv - (DEPTH_CELL - 1) / 2) / DEPTH_CELL).astype(np.float32)
        depth = cv2.remap(view.depth, cell, _ONE_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        # The surface point under that pixel, and how far along the new optical axis it is.
        seen = np.stack(
            [(uv[..., 0] - camera.cx) / camera.fx, (uv[..., 1] - camera.cy) / camera.fy, np.ones_like(z)], -1
        )
        far = np.maximum((depth[..., None] * seen - start) @ ahead, 0.05)
    known = (
        (moved < MISS * width)
        & (xyz[..., 2] > 0.05)
        & (uv > -0.5).all(-1)
        & (uv[..., 0] < width - 0.5)
        & (uv[..., 1] < height - 0.5)
    )
    fine = cv2.resize(before.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    mask = cv2.resize(known.astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_NEAREST)
    image = cv2.remap(view.image, fine, _ONE_MAP, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(image, dtype=np.uint8), np.asarray(mask, dtype=np.uint8)
