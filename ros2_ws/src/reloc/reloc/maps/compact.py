"""The compact form of a map's arrays, and what they stand for. Maps of before hold the plain numbers: both are read.

| Array | Stored as | Error at most |
|---|---|---|
| RootSIFT | half a byte a number (:mod:`reloc.maps.half_bytes`) | 0.044 of length 1, rms |
| descriptors of a network | half a byte a number | 0.095 of length 1, rms |
| position of a key point | uint16, 1/32 px | 1/64 px |
| diameter of a key point | uint8, its logarithm | 1.5 % |
| angle of a key point | uint8 | 0.7 deg |
| global descriptor | int8, scaled by its largest number | 0.4 % of that |

A network's descriptors keep a byte a number if they have numbers that are no multiple of 4.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Int8, UInt8
from reloc.maps.half_bytes import as_halves, as_signed_halves, fits, from_halves, from_signed_halves

ROOTSIFT_LENGTH = 128
_UV_STEPS, _UV_FROM = 32.0, -1.0  # a pixel's parts; the least coordinate, which is never below -0.5
_UV_LAST = _UV_FROM + np.iinfo(np.uint16).max / _UV_STEPS
_OCTAVE = 24.0  # steps of the diameter in which it doubles
_TURN = 256.0 / (2.0 * np.pi)


def pack_uv(uv: Float32) -> NDArray[Any]:
    """Positions (N, 2); of images wider than 2,046 pixels as they are."""
    if len(uv) and not (uv.min() >= _UV_FROM and uv.max() <= _UV_LAST):
        return uv
    return np.asarray(np.rint((uv - _UV_FROM) * _UV_STEPS), np.uint16)


def uv_of(stored: NDArray[Any]) -> Float32:
    """Positions (N, 2) in pixels."""
    if stored.dtype.kind == "f":
        return np.asarray(stored, np.float32)
    return stored.astype(np.float32) / np.float32(_UV_STEPS) + np.float32(_UV_FROM)


def pack_size(size: Float32) -> UInt8:
    """Diameters (N,)."""
    return np.asarray(np.clip(np.rint(_OCTAVE * np.log2(np.maximum(size, 1.0))), 0, 255), np.uint8)


def size_of(stored: NDArray[Any]) -> Float32:
    """Diameters (N,) in pixels."""
    return np.asarray(stored if stored.dtype.kind == "f" else 2.0 ** (stored / _OCTAVE), np.float32)


def pack_angle(angle: Float32) -> UInt8:
    """Angles (N,)."""
    return np.asarray(np.rint(angle * _TURN).astype(np.int64) % 256, np.uint8)


def angle_of(stored: NDArray[Any]) -> Float32:
    """Angles (N,) in radians."""
    return np.asarray(stored if stored.dtype.kind == "f" else stored / _TURN, np.float32)


def pack_descriptors(descriptors: NDArray[Any]) -> NDArray[Any]:
    """Descriptors (N, D); what is packed stays as it is."""
    if fits(descriptors):
        return as_signed_halves(descriptors)
    return as_halves(descriptors) if _is_rootsift(descriptors, ROOTSIFT_LENGTH) else descriptors


def descriptors_of(stored: NDArray[Any]) -> NDArray[Any]:
    """Descriptors (N, D), a byte a number."""
    if stored.dtype == np.int16:
        return from_signed_halves(stored)
    return from_halves(stored) if _is_rootsift(stored, ROOTSIFT_LENGTH // 2) else stored


def pack_rows(rows: Float32) -> Int8:
    """Global descriptors (N, G) of length 1, or 0."""
    most = np.abs(rows).max(axis=1, initial=0.0, keepdims=True)
    return np.asarray(np.rint(rows * (127.0 / np.maximum(most, 1e-12))), np.int8)


def rows_of(stored: NDArray[Any]) -> Float32:
    """Global descriptors (N, G) of length 1; 0 where there is nothing to describe."""
    if stored.dtype.kind == "f":
        return np.asarray(stored, np.float32)
    rows = stored.astype(np.float32)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12), np.float32)


def _is_rootsift(descriptors: NDArray[Any], length: int) -> bool:
    return descriptors.dtype == np.uint8 and descriptors.shape[1:] == (length,)
