"""RootSIFT on a dense grid at several scales (Torii et al. 2015, DenseVLAD; after VLFeat's PHOW).

A descriptor is a 4 x 4 grid of cells with 8 orientations each. With flat windows, a cell is a box sum of one
orientation's gradient magnitudes. So eight box filters and a strided look-up give all descriptors of a scale. That is
about twenty times faster than describing every grid point as a key point.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from reloc.config import param, validate
from reloc.datatypes import Float32, UInt8

ORIENTATIONS = 8
CELLS = 4


@dataclass(frozen=True, slots=True)
class DenseRootSiftConfig:
    """Positions and sizes of the descriptors."""

    max_side: int = param(
        320,
        "A larger image is shrunk until its longer side has this length. Raising it costs time.",
        unit="px",
        ge=64,
        le=2048,
        expert=True,
    )
    step: int = param(
        4,
        "Descriptors are computed on a grid with this spacing. Raising it is faster and coarser.",
        unit="px",
        ge=1,
        le=64,
        expert=True,
    )
    smallest_cell: int = param(
        6,
        "A descriptor's cell has this side at the finest scale. Raising it describes larger patches.",
        unit="px",
        ge=2,
        le=32,
        expert=True,
    )
    scales: int = param(
        3,
        "Descriptors are computed at this many scales, each with cells 2 px larger. Raising it costs time.",
        ge=1,
        le=8,
        expert=True,
    )
    min_contrast: float = param(
        2.0,
        "A patch with a lower mean gradient than this is left out as blank. Raising it drops more "
        "patches; 0 keeps all.",
        ge=0.0,
        le=255.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


def extract(gray: UInt8, config: DenseRootSiftConfig) -> Float32:
    """Return descriptors (N, 128), float32 of length 1, of a gray image (H, W). N is 0 for a blank image."""
    shrink = config.max_side / max(gray.shape)
    if shrink < 1.0:
        size = (max(1, round(gray.shape[1] * shrink)), max(1, round(gray.shape[0] * shrink)))
        gray = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
    scales = (_at_scale(gray, config.smallest_cell + 2 * i, config) for i in range(config.scales))
    return np.concatenate(list(scales))


def _at_scale(gray: UInt8, cell: int, config: DenseRootSiftConfig) -> Float32:
    smooth = np.asarray(cv2.GaussianBlur(gray, (0, 0), cell / 6.0), dtype=np.uint8)  # VLFeat's magnification: 6
    planes = _orientation_planes(smooth)
    side = CELLS * cell
    rows = np.arange(0, gray.shape[0] - side + 1, config.step)
    columns = np.arange(0, gray.shape[1] - side + 1, config.step)
    if len(rows) == 0 or len(columns) == 0:
        return np.zeros((0, CELLS * CELLS * ORIENTATIONS), np.float32)
    out = np.empty((len(rows), len(columns), CELLS, CELLS, ORIENTATIONS), np.float32)
    for o, plane in enumerate(planes):
        # OpenCV anchors a cell's sum at its top-left pixel.
        sums = cv2.boxFilter(plane, -1, (cell, cell), anchor=(0, 0), normalize=False, borderType=cv2.BORDER_CONSTANT)
        for i in range(CELLS):
            for j in range(CELLS):
                out[:, :, i, j, o] = sums[np.ix_(rows + i * cell, columns + j * cell)]
    flat = out.reshape(-1, CELLS * CELLS * ORIENTATIONS)
    total = flat.sum(axis=1, keepdims=True)
    textured = total[:, 0] > config.min_contrast * side * side
    rooted: Float32 = np.sqrt(flat[textured] / total[textured])
    return rooted


def _orientation_planes(gray: UInt8) -> list[Float32]:
    """Return gradient magnitude by orientation: 8 planes (H, W), each gradient shared by its two nearest planes."""
    dx = cv2.Sobel(gray, cv2.CV_32F, 1, 0, ksize=1, scale=0.5)
    dy = cv2.Sobel(gray, cv2.CV_32F, 0, 1, ksize=1, scale=0.5)
    magnitude, angle = cv2.cartToPolar(dx, dy)
    place = angle * np.float32(ORIENTATIONS / (2 * np.pi))
    planes = []
    for o in range(ORIENTATIONS):
        away = np.abs(place - o)
        away = np.minimum(away, ORIENTATIONS - away)
        planes.append(np.asarray(magnitude * np.maximum(0.0, 1.0 - away), dtype=np.float32))
    return planes
