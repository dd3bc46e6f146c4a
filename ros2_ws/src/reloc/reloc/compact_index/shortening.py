"""Shorten descriptors: to their principal directions, a byte a number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from reloc.compact_index.form import ZERO
from reloc.datatypes import Float32, UInt8

_SAMPLES = 2048  # the eigenvectors of this many take some seconds, and the cost grows with the cube
_LAST = 127.0  # steps from 0 on either side


@dataclass(frozen=True, slots=True, eq=False)
class Shortening:
    """What turns descriptors into rows; an inner product of rows is nearly that of the descriptors."""

    projection: Float32  # (D, P)
    steps: Float32  # (P,)

    @classmethod
    def learn(cls, sample: Float32, numbers: int) -> Shortening:
        """Return the ``numbers`` directions in which ``sample`` (S, D) is largest, or as many as there are.

        The mean is not subtracted, so that inner products stay what they are.
        """
        if len(sample) > _SAMPLES:
            sample = sample[np.linspace(0, len(sample) - 1, _SAMPLES).astype(int)]
        count, width = sample.shape
        wide = width > count
        products = sample @ sample.T if wide else sample.T @ sample
        keep = max(1, min(numbers, count, width))
        span = (len(products) - keep, len(products) - 1)
        values, vectors = scipy.linalg.eigh(products.astype(np.float64), subset_by_index=span)
        projection = vectors[:, ::-1]
        if wide:
            projection = sample.T @ (projection / np.sqrt(np.maximum(values[::-1], 1e-12 * max(values[-1], 1e-30))))
        projection = np.ascontiguousarray(projection, np.float32)
        reach = np.abs(sample @ projection).max(axis=0)
        return cls(projection, np.maximum(reach / _LAST, 1e-9).astype(np.float32))

    def rows(self, descriptors: Float32) -> UInt8:
        """Return rows (N, P) of descriptors (N, D)."""
        numbers = np.rint((descriptors @ self.projection) / self.steps)
        return np.asarray(np.clip(numbers, -_LAST, _LAST) + ZERO, np.uint8)

    def numbers(self, rows: UInt8) -> Float32:
        """Return the shortened descriptors (N, P) that rows stand for."""
        return (rows.astype(np.float32) - np.float32(ZERO)) * self.steps
