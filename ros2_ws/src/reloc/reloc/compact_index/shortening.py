"""Shorten descriptors to signs: of their rotated numbers, and of their principal directions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg

from reloc.compact_index.rotation import Rotation
from reloc.compact_index.signs import signs_of
from reloc.datatypes import Float32, UInt8

_SAMPLES = 2048  # the eigenvectors of this many take some seconds, and the cost grows with the cube


@dataclass(frozen=True, slots=True, eq=False)
class Shortening:
    """What turns descriptors into rows of signs."""

    rotation: Rotation
    projection: Float32  # (R, P) of rotated descriptors; P is a power of two

    @classmethod
    def learn(cls, sample: Float32, numbers: int) -> Shortening:
        """Return the ``numbers`` directions in which ``sample`` (S, D) is largest, or as many as there are.

        The mean is not subtracted, so that inner products stay what they are. Directions are mixed, because the first
        ones are much larger than the others, and a sign does not tell how large a number is.
        """
        if len(sample) > _SAMPLES:
            sample = sample[np.linspace(0, len(sample) - 1, _SAMPLES).astype(int)]
        rotation = Rotation.of(sample.shape[1])
        directions = _directions(rotation.rotated(sample), numbers)
        mixed = Rotation.of(directions.shape[1]).rotated(directions)
        return cls(rotation, np.ascontiguousarray(mixed, np.float32))

    def asked(self, descriptors: Float32) -> tuple[Float32, Float32]:
        """Return descriptors (N, D) as a search wants them: (N, P) and (N, R)."""
        rotated = self.rotation.rotated(descriptors)
        return rotated @ self.projection, rotated

    def rows(self, descriptors: Float32) -> UInt8:
        """Return rows (N, P / 8 + R / 8) of descriptors (N, D): the signs of the first step, then all."""
        return np.concatenate([signs_of(numbers) for numbers in self.asked(descriptors)], axis=1)


def _directions(sample: Float32, numbers: int) -> Float32:
    """Return principal directions (R, P) of ``sample`` (S, R), the largest first."""
    count, width = sample.shape
    wide = width > count
    products = sample @ sample.T if wide else sample.T @ sample
    keep = max(1, min(numbers, count, width))
    span = (len(products) - keep, len(products) - 1)
    values, vectors = scipy.linalg.eigh(products.astype(np.float64), subset_by_index=span)
    found = vectors[:, ::-1]
    if wide:
        found = sample.T @ (found / np.sqrt(np.maximum(values[::-1], 1e-12 * max(values[-1], 1e-30))))
    return np.asarray(found, np.float32)
