"""Rotate descriptors, so that every number of a rotated one holds a little of all numbers.

Then the numbers of any descriptor are nearly Gaussian and alike, and their signs alone tell most of an inner product
(RaBitQ, Gao and Long 2024). Signs are flipped at random, then a Hadamard transform mixes: both keep inner products.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.linalg import hadamard

from reloc.datatypes import Float32, Int8

_SEED = 20240609


@dataclass(frozen=True, slots=True, eq=False)
class Rotation:
    """A fixed rotation of descriptors with D numbers; rotated ones have ``len(flips)``, a power of two."""

    flips: Int8  # (R,) 1 or -1; R is D or more

    @staticmethod
    def width(numbers: int) -> int:
        """Return how many numbers a rotated descriptor has."""
        return max(8, 1 << (numbers - 1).bit_length())

    @classmethod
    def of(cls, numbers: int) -> Rotation:
        """Return that for descriptors of ``numbers`` numbers."""
        return cls(np.random.default_rng(_SEED).choice(np.array([-1, 1], np.int8), cls.width(numbers)))

    def rotated(self, descriptors: Float32) -> Float32:
        """Return descriptors (N, D) rotated: (N, R)."""
        count, width = descriptors.shape
        size = len(self.flips)
        padded = np.zeros((count, size), np.float32)
        np.multiply(descriptors, self.flips[:width], out=padded[:, :width])
        few = 1 << (size.bit_length() - 1) // 2
        mixed = padded.reshape(count, few, size // few) @ _hadamard(size // few)
        mixed = np.matmul(_hadamard(few), mixed)
        return np.asarray(mixed.reshape(count, size), np.float32)


@cache
def _hadamard(size: int) -> Float32:
    return np.asarray(hadamard(size) / np.sqrt(size), np.float32)
