"""Draw a covariance as an ellipsoid."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64

# The ellipsoid of a Gaussian in three dimensions holds 95 % of the positions at this many sigmas: sqrt of chi-square's
# 95th percentile with three degrees of freedom.
SIGMAS_OF_95 = 2.7955
_LEAST_M = 1e-3  # a semi-axis below this cannot be seen
_MOST_M = 1e3
_RINGS, _SECTORS = 12, 20


def semi_axes(covariance: Float64) -> tuple[Float64, Float64]:
    """Return the ellipsoid that holds the position with 95 % probability.

    Args:
        covariance: (3, 3) or (6, 6) with the position first, square meters.

    Returns:
        Directions (3, 3) in columns, and lengths (3,) in meters.
    """
    position = np.asarray(covariance, np.float64)[:3, :3]
    values, vectors = np.linalg.eigh((position + position.T) / 2)
    return vectors, np.clip(SIGMAS_OF_95 * np.sqrt(np.maximum(values, 0.0)), _LEAST_M, _MOST_M)


def mesh(covariance: Float64) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
    """Return vertices (V, 3) around the origin, in meters, and triangles (T, 3) of that ellipsoid."""
    vectors, lengths = semi_axes(covariance)
    sphere, faces = _sphere()
    return (sphere * lengths @ vectors.T).astype(np.float32), faces


@functools.cache
def _sphere() -> tuple[Float64, NDArray[np.uint32]]:
    polar = np.linspace(0.0, np.pi, _RINGS + 1)
    around = np.linspace(0.0, 2 * np.pi, _SECTORS, endpoint=False)
    ring, sector = np.meshgrid(polar, around, indexing="ij")
    points = np.stack([np.sin(ring) * np.cos(sector), np.sin(ring) * np.sin(sector), np.cos(ring)], axis=-1)
    faces = []
    for i in range(_RINGS):
        for j in range(_SECTORS):
            a, b = i * _SECTORS + j, i * _SECTORS + (j + 1) % _SECTORS
            faces += [(a, a + _SECTORS, b), (b, a + _SECTORS, b + _SECTORS)]
    return points.reshape(-1, 3), np.array(faces, np.uint32)
