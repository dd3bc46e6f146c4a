"""How much of the image an answer rests on."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float32, Float64
from reloc.geometry.cameras import Camera

GRID = 8


def coverage(uv: Float32 | Float64, camera: Camera) -> float:
    """Share of an 8 x 8 grid over the image that holds at least one of the pixels (N, 2)."""
    if len(uv) == 0:
        return 0.0
    column = np.clip((uv[:, 0] + 0.5) / camera.width * GRID, 0, GRID - 1).astype(int)
    row = np.clip((uv[:, 1] + 0.5) / camera.height * GRID, 0, GRID - 1).astype(int)
    return len(np.unique(row * GRID + column)) / GRID**2
