"""Detect whether all evidence of an answer lies on one plane."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.arrays import Float64

MOST = 0.9  # share of the points on one plane; the others are chance
_SAMPLES = 100
_LEAST = 4  # three points always lie on one plane


def is_planar(xyz: Float64, depth: Float64, focal_px: float, max_error_px: float) -> bool:
    """Return whether one plane explains landmarks (K, 3), ``depth`` (K,) meters from the camera, as the pose does."""
    return off_plane(xyz, depth, focal_px, max_error_px) <= (1.0 - MOST) * len(xyz)


def off_plane(xyz: Float64, depth: Float64, focal_px: float, max_error_px: float) -> int:
    """Return how many of the landmarks (K, 3) do not lie on the plane of most of them.

    A point may lie off the plane by what ``max_error_px`` equals in meters at its ``depth`` (K,).
    """
    if len(xyz) < _LEAST:
        return 0
    tolerance = max_error_px / focal_px * depth
    random = np.random.default_rng(0)
    sample = np.stack([random.permutation(len(xyz))[:3] for _ in range(_SAMPLES)])  # (S, 3)
    a, b, c = (xyz[sample[:, k]] for k in range(3))
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    usable = length[:, 0] > 1e-9  # three points on a line define no plane
    if not usable.any():
        return 0
    normal, a = normal[usable] / length[usable], a[usable]
    off = np.abs(np.einsum("si,ski->sk", normal, xyz[None] - a[:, None]))
    return int((off > tolerance).sum(axis=1).min())


def is_homography(uv_query: Float64, uv_reference: Float64, max_error_px: float) -> bool:
    """Return whether a homography explains all matches (K, 2) and (K, 2) of one pair of images.

    That happens on one plane, and also if the camera only turned. Neither determines the position.
    """
    if len(uv_query) < _LEAST + 1:
        return True
    cv2.setRNGSeed(0)
    _, mask = cv2.findHomography(
        uv_reference.astype(np.float64), uv_query.astype(np.float64), cv2.RANSAC, max_error_px, maxIters=500
    )
    return mask is not None and float(np.mean(mask)) >= MOST
