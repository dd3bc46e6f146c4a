"""Descriptors in half a byte a number, as maps keep them.

| Descriptors | Stored as | Rounded to |
|---|---|---|
| RootSIFT, uint8 (N, 128) | uint8 (N, 64), two numbers in each | the levels that suit 15 photographs of rooms |
| a network's, int8 (N, D) | int16 (N, D / 4), four numbers in each | the levels that suit a normal distribution |

The type tells which of the two it is.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Int8, UInt8
from reloc.features.descriptors import SIGNED_SCALE

# The 16 numbers that RootSIFT is best rounded to, in the mean of 15 photographs of rooms. The error of a descriptor has
# a length of 0.044 (rms), where two descriptors of one point are some 0.4 apart.
_LEVELS = np.array([0, 10, 15, 20, 27, 34, 41, 48, 55, 64, 73, 82, 92, 102, 115, 134], np.uint8)
# The numbers of a unit vector of D numbers are nearly normal, with a deviation of 1 / sqrt(D). These 16 levels, in
# deviations, have the least squared error then (Max, Quantizing for Minimum Distortion, 1960, table I). The error of a
# descriptor has a length of 0.095 (rms), where two descriptors of one point are some 0.6 apart.
_NORMAL = np.array([0.1284, 0.3881, 0.6568, 0.9424, 1.2562, 1.6181, 2.0691, 2.7326])
IN_ONE = 4  # numbers of a network's descriptor in an int16


def as_halves(descriptors: UInt8) -> UInt8:
    """RootSIFT (N, D) in half a byte a number, (N, D / 2): rounded to one of 16 levels."""
    return _two_in_one(_nearest(_LEVELS)[descriptors])


def from_halves(halves: UInt8) -> UInt8:
    """What :func:`as_halves` keeps of descriptors, (N, D)."""
    return _apart(halves, _LEVELS)


def as_signed_halves(descriptors: Int8) -> NDArray[np.int16]:
    """A network's descriptors (N, D) of length 1 in half a byte a number, (N, D / 4). D is a multiple of 4."""
    levels = _signed_levels(descriptors.shape[1])
    code = _two_in_one(_nearest(levels)[descriptors.view(np.uint8)])
    return np.ascontiguousarray(code).view("<i2").astype(np.int16, copy=False)


def from_signed_halves(halves: NDArray[np.int16]) -> Int8:
    """What :func:`as_signed_halves` keeps of descriptors, (N, D)."""
    code = np.ascontiguousarray(halves, "<i2").view(np.uint8)
    return _apart(code, _signed_levels(IN_ONE * halves.shape[1]).view(np.uint8)).view(np.int8)


def fits(descriptors: NDArray[np.generic]) -> bool:
    """Return whether these are a network's descriptors whose numbers fill int16."""
    return descriptors.dtype == np.int8 and descriptors.ndim == 2 and descriptors.shape[1] % IN_ONE == 0


def _signed_levels(length: int) -> Int8:
    one_side = _NORMAL * (SIGNED_SCALE / max(1, length) ** 0.5)
    return np.asarray(np.clip(np.rint(np.concatenate([-one_side[::-1], one_side])), -127, 127), np.int8)


def _nearest(levels: UInt8 | Int8) -> UInt8:
    """Return (256,) the code of each byte; of a signed number, its two's complement."""
    of = np.arange(256, dtype=np.uint8).view(levels.dtype).astype(np.int64)
    return np.asarray(np.abs(of[:, None] - levels.astype(np.int64)).argmin(axis=1), np.uint8)


def _two_in_one(code: UInt8) -> UInt8:
    return np.asarray(code[:, 0::2] | code[:, 1::2] << 4, np.uint8)


def _apart(halves: UInt8, levels: UInt8) -> UInt8:
    return np.asarray(_pairs(levels.tobytes())[halves].reshape(len(halves), 2 * halves.shape[1]), np.uint8)


@cache
def _pairs(levels: bytes) -> UInt8:
    """Return (256, 2) the two numbers of each byte."""
    of = np.frombuffer(levels, np.uint8)
    return np.stack([of[np.arange(256) & 15], of[np.arange(256) >> 4]], axis=1)
