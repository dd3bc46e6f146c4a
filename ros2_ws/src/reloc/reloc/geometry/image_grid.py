"""Measure how much of an image key points cover."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc.arrays import Float32, Float64
from reloc.geometry.cameras import Camera

GRID = 8


def coverage(uv: Float32 | Float64, camera: Camera) -> float:
    """Return the share of an 8 x 8 grid over the image that holds at least one of the pixels (N, 2)."""
    if len(uv) == 0:
        return 0.0
    return len(np.unique(cells_of(uv, camera))) / GRID**2


def cells_of(uv: Float32 | Float64, camera: Camera) -> NDArray[np.intp]:
    """Return the cell (N,) of that grid, from 0 to 63, of each of the pixels (N, 2)."""
    column = np.clip((uv[:, 0] + 0.5) / camera.width * GRID, 0, GRID - 1).astype(np.intp)
    row = np.clip((uv[:, 1] + 0.5) / camera.height * GRID, 0, GRID - 1).astype(np.intp)
    return np.asarray(row * GRID + column)


def hull_share(uv: Float32, camera: Camera) -> float:
    """Return the share of the image within the convex hull of key points (K, 2)."""
    if len(uv) < 3:
        return 0.0
    return float(cv2.contourArea(cv2.convexHull(np.ascontiguousarray(uv, np.float32)))) / (camera.width * camera.height)
