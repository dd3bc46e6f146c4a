"""Descriptors as maps store them, and as they are compared.

The type says what the bytes are: RootSIFT's numbers are positive and lie in uint8, a network's have a sign and lie in
int8. So whoever compares descriptors need not know which features a map has. A map keeps half a byte a number: see
:mod:`reloc.maps.half_bytes`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Int8, UInt8

# What length 1 is in bytes. RootSIFT: no component exceeds about 0.5.
ROOTSIFT_SCALE = 512.0
# A network's 64 numbers are some 0.125 each; what exceeds 0.49 is cut off.
SIGNED_SCALE = 256.0
_SCALES = {"uint8": ROOTSIFT_SCALE, "int8": SIGNED_SCALE}


def as_unit(descriptors: NDArray[np.generic]) -> Float32:
    """Stored descriptors (N, D) as float32 of length about 1."""
    unit: Float32 = descriptors.astype(np.float32)
    unit *= np.float32(1.0 / _SCALES[descriptors.dtype.name])
    return unit


def as_signed_bytes(unit: Float32) -> NDArray[np.int8]:
    """Descriptors (N, D) of length 1 in a byte a number."""
    scaled = np.clip(np.rint(unit * np.float32(SIGNED_SCALE)), -127, 127)
    return np.asarray(scaled, np.int8)


def as_stored(unit: Float32, like: NDArray[np.generic]) -> UInt8 | Int8:
    """Descriptors (N, D) of length 1 in bytes of the type of ``like``."""
    if like.dtype == np.int8:
        return as_signed_bytes(unit)
    return np.asarray(np.clip(np.rint(unit * np.float32(ROOTSIFT_SCALE)), 0, 255), np.uint8)
