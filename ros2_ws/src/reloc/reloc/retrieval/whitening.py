"""PCA whitening of global descriptors (Jegou and Chum 2012), learned on the map itself."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32
from reloc.retrieval.aggregation import unit

# The eigenvectors of this many take some seconds, and the cost grows with the cube.
MAX_SAMPLES = 2048


def learn(descriptors: Float32, dimensions: int) -> dict[str, NDArray[np.generic]]:
    """Return mean (D,) and projection (P, D) from samples (N, D).

    A map has few images compared with the thousands of dimensions of a descriptor. Whitened to full rank, N samples
    would all be equally far from one another. So the eigenvalues are shrunk toward their mean, the more the closer P is
    to N. Many references whiten fully, few hardly at all.
    """
    if len(descriptors) > MAX_SAMPLES:
        descriptors = descriptors[np.linspace(0, len(descriptors) - 1, MAX_SAMPLES).astype(int)]
    mean = descriptors.mean(axis=0)
    centred = descriptors - mean
    # The Gram matrix is N x N; the covariance would be D x D.
    values, vectors = np.linalg.eigh((centred @ centred.T).astype(np.float64))
    keep = max(1, min(dimensions, len(descriptors) - 1))
    values, vectors = values[::-1][:keep], vectors[:, ::-1][:, :keep]
    values = np.maximum(values, 1e-9 * max(float(values[0]), 1e-30))
    directions = (vectors / np.sqrt(values)).T @ centred
    shrinkage = keep / (keep + len(descriptors) / 4)
    shrunk = (1 - shrinkage) * values + shrinkage * values.mean()
    scale = np.sqrt(values.mean() / shrunk)
    return {"mean": mean.astype(np.float32), "projection": (directions * scale[:, None]).astype(np.float32)}


def apply(descriptor: Float32, mean: Float32, projection: Float32) -> Float32:
    """Return the whitened descriptor (P,), of length 1; zero for an empty image."""
    if not descriptor.any():
        return np.zeros(len(projection), np.float32)
    return unit(projection @ (descriptor - mean))
