"""A training view: the image, and the known facts about its points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, UInt8
from reloc.networks.points_config import NO_POINT, POINTS_CELL

UNKNOWN = -100  # label of a cell without information


@dataclass(frozen=True, slots=True, eq=False)
class TaughtView:
    """One image and the answer that the network must learn. h and w are the image's size in cells."""

    gray: UInt8  # (H, W)
    # (h, w) number of the key point's pixel in each cell, row by row; or NO_POINT, or UNKNOWN
    label: NDArray[np.int64]
    descriptors: NDArray[np.float16]  # (h, w, D)
    weight: Float32  # (h, w) weight of each descriptor


@dataclass(frozen=True, slots=True, eq=False)
class TaughtPair:
    """Two views and their matches."""

    first: TaughtView
    second: TaughtView
    matches: Float32  # (M, 4) u, v in the first and in the second view, pixels


def labels(points: Float32, height: int, width: int) -> NDArray[np.int64]:
    """Return labels (h, w) of cells from key points (N, 2), strongest first. Points outside the image are left out."""
    label = np.full((height // POINTS_CELL, width // POINTS_CELL), NO_POINT, np.int64)
    u, v = np.rint(points).astype(np.int64).T if len(points) else np.zeros((2, 0), np.int64)
    inside = (u >= 0) & (v >= 0) & (u < width) & (v < height)
    u, v = u[inside][::-1], v[inside][::-1]  # the strongest comes last, and stays
    label[v // POINTS_CELL, u // POINTS_CELL] = v % POINTS_CELL * POINTS_CELL + u % POINTS_CELL
    return label


def centers(height: int, width: int) -> Float32:
    """Return the centers (h * w, 2) of an image's cells, in pixels, row by row."""
    v, u = np.mgrid[0 : height // POINTS_CELL, 0 : width // POINTS_CELL]
    return (np.column_stack([u.ravel(), v.ravel()]) * POINTS_CELL + 0.5 * (POINTS_CELL - 1)).astype(np.float32)


def sampled(cells: NDArray[np.float16], uv: Float32) -> Float32:
    """Interpolate maps of cells (h, w, D) at pixels (N, 2), from the four nearest cells."""
    height, width = cells.shape[:2]
    x = np.clip((uv[:, 0] + 0.5) / POINTS_CELL - 0.5, 0, width - 1)
    y = np.clip((uv[:, 1] + 0.5) / POINTS_CELL - 0.5, 0, height - 1)
    left, top = np.minimum(x.astype(np.int64), width - 2), np.minimum(y.astype(np.int64), height - 2)
    right = (x - left)[:, None].astype(np.float32)
    low = (y - top)[:, None].astype(np.float32)
    upper = cells[top, left] * (1 - right) + cells[top, left + 1] * right
    lower = cells[top + 1, left] * (1 - right) + cells[top + 1, left + 1] * right
    return np.asarray(upper * (1 - low) + lower * low, np.float32)
