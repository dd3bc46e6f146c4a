"""A training view: the image, and the known facts about its points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, UInt8
from reloc.networks.points_config import POINTS_CELL


@dataclass(frozen=True, slots=True, eq=False)
class TaughtView:
    """One image and the answer that the network must learn. h and w are the image's size in cells."""

    gray: UInt8  # (H, W)
    descriptors: NDArray[np.float16]  # (h, w, D)
    weight: Float32  # (h, w) weight of each descriptor


@dataclass(frozen=True, slots=True, eq=False)
class TaughtPair:
    """Two views and their matches."""

    first: TaughtView
    second: TaughtView
    matches: Float32  # (M, 4) u, v in the first and in the second view, pixels


def behind(view: TaughtView, gray: UInt8, hidden: NDArray[np.bool_]) -> TaughtView:
    """Return a view with things in front: no descriptor is wanted in cells that they touch.

    Args:
        view: the view without them.
        gray: (H, W) the image with them.
        hidden: (H, W) whether a pixel is hidden.
    """
    h, w = view.weight.shape
    touched = hidden.reshape(h, POINTS_CELL, w, POINTS_CELL).any(axis=(1, 3))
    return TaughtView(gray, view.descriptors, np.where(touched, np.float32(0.0), view.weight))


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
