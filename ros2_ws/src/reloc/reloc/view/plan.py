"""Draw a floor plan from landmarks: the spots above which many of them lie are walls and furniture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.view.map_box import MapBox

WALL_COLOR = (86, 101, 122)
_CELLS = 160  # along the longer side
_LEAST_CELL_M = 0.04
_ABOVE_M = 0.1  # what lies lower is the floor itself
_LIFT_M = 0.005  # above the grid
_MOST_CELLS = 6000
_FEW = 2  # landmarks in a cell that are no wall


def draw(points: Float64, box: MapBox) -> tuple[NDArray[np.float32], NDArray[np.uint32]] | None:
    """Return squares on the floor as vertices (V, 3), in the frame of :meth:`MapBox.world_from_floor`, and triangles.

    Args:
        points: (L, 3) landmarks in the world.

    Returns:
        None without enough landmarks.
    """
    local = points @ box.axes.T
    local = local[local[:, 2] > box.low[2] + _ABOVE_M]
    cell = max(_LEAST_CELL_M, float((box.high - box.low)[:2].max()) / _CELLS)
    counts = np.maximum(np.ceil((box.high - box.low)[:2] / cell).astype(int), 1)
    at = np.floor((local[:, :2] - box.low[:2]) / cell).astype(int)
    at = at[((at >= 0) & (at < counts)).all(axis=1)]
    hits = np.zeros(counts, int)
    np.add.at(hits, (at[:, 0], at[:, 1]), 1)
    if not hits.any():
        return None
    least = max(_FEW, float(np.sort(hits.ravel())[::-1][min(hits.size, _MOST_CELLS) - 1]) + 1)
    filled = np.argwhere(hits >= min(least, hits.max()))[:_MOST_CELLS]
    corner = filled * cell - (box.high - box.low)[:2] / 2
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1]]) * cell
    flat = (corner[:, None] + square).reshape(-1, 2)
    vertices = np.column_stack([flat, np.full(len(flat), _LIFT_M)])
    faces = np.array([[0, 1, 2], [0, 2, 3]]) + 4 * np.arange(len(filled))[:, None, None]
    return vertices.astype(np.float32), faces.reshape(-1, 3).astype(np.uint32)
