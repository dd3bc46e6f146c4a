"""Whether what an answer rests on all lies on one plane."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.arrays import Float64

MOST = 0.9  # of the points on one plane: the others are chance
_SAMPLES = 100
_LEAST = 4  # three points always lie on one


def is_planar(xyz: Float64, depth: Float64, focal_px: float, max_error_px: float) -> bool:
    """Of landmarks (K, 3), ``depth`` (K,) metres from the camera: one plane explains them as well as the pose."""
    return off_plane(xyz, depth, focal_px, max_error_px) <= (1.0 - MOST) * len(xyz)


def off_plane(xyz: Float64, depth: Float64, focal_px: float, max_error_px: float) -> int:
    """How many of the landmarks (K, 3) do not lie on the one plane on which most do.

    How far a point may lie off the plane is what ``max_error_px`` makes in metres at its ``depth`` (K,).
    """
    if len(xyz) < _LEAST:
        return 0
    tolerance = max_error_px / focal_px * depth
    random = np.random.default_rng(0)
    sample = np.stack([random.permutation(len(xyz))[:3] for _ in range(_SAMPLES)])  # (S, 3)
    a, b, c = (xyz[sample[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    usable = length[:, 0] > 1e-9  # three on a line make no plane
    if not usable.any():
        return 0
    normal, a = normal[usable] / length[usable], a[usable]
    off = np.abs(np.einsum("si,ski->sk", normal, xyz[None] - a[:, None]))
    return int((off > tolerance).sum(axis=1).min())


def is_homography(uv_query: Float64, uv_reference: Float64, max_error_px: float) -> bool:
    """Of matches (K, 2) and (K, 2) of one pair of images: a homography explains them all.

    That is so on one plane, and also where the camera only turned: neither tells of the position.
    """
    if len(uv_query) < _LEAST + 1:
        return True
    cv2.setRNGSeed(0)
    _, mask = cv2.findHomography(
        uv_reference.astype(np.float64), uv_query.astype(np.float64), cv2.RANSAC, max_error_px, maxIters=500
    )
    return mask is not None and float(np.mean(mask)) >= MOST
