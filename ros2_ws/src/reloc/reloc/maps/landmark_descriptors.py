"""What each landmark looks like: the mean of its descriptors over the references that see it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Int32
from reloc.features.descriptors import as_unit


def mean_descriptors(seen: Iterable[tuple[Int32, NDArray[np.generic]]], landmarks: int) -> Float32:
    """Return (L, D) of length 1; 0 for a landmark that nobody sees.

    Args:
        seen: per reference the landmarks (K,) of its key points, and their descriptors (K, D), a byte a number.
        landmarks: L.
    """
    total = np.zeros((landmarks, 0), np.float32)
    for ids, descriptors in seen:
        if total.shape[1] == 0:
            total = np.zeros((landmarks, descriptors.shape[1]), np.float32)
        np.add.at(total, ids, as_unit(descriptors))
    return of_length_1(total)


def of_length_1(rows: Float32) -> Float32:
    """Return rows (L, D) scaled to length 1; 0 stays 0."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)
