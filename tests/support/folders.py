"""Write small data sets for tests."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from reloc.datatypes import Float64
from reloc.geometry import transforms

WIDTH, HEIGHT = 64, 48


def pose(index: int) -> Float64:
    """world_from_cam of frame ``index``: no two alike, and none a plain turn about one axis."""
    return transforms.make(transforms.so3_exp([0.1 * index, -0.3, 0.2 + 0.05 * index]), [0.3 * index, 1.0, -0.5])


def colour(index: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Image of frame ``index``, (H, W, 3) RGB; exact in a png."""
    return np.random.default_rng(index).integers(0, 256, (height, width, 3), dtype=np.uint8)


def write_colour(path: Path, index: int, width: int = WIDTH, height: int = HEIGHT) -> Path:
    """Write that image."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), colour(index, width, height)[..., ::-1])
    return path


def write_depth(path: Path, units: np.ndarray) -> Path:
    """Write a depth image of 16 bit."""
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), units.astype(np.uint16))
    return path


def write_pose(path: Path, world_from_cam: Float64) -> Path:
    """Write 4 x 4 numbers."""
    np.savetxt(path, world_from_cam)
    return path
