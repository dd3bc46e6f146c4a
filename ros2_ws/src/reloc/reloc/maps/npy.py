"""An array in the bytes of an ``.npy`` file, without a copy."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.lib import format as npy_format
from numpy.typing import NDArray

from reloc.datatypes import UInt8
from reloc.errors import MapHashError, MapIncompleteError

_FIX = "Build or fetch the map again"
_HEADER = 1 << 16  # bytes; more than any header of ours


def array_in(content: UInt8, where: str) -> NDArray[Any]:
    """The array in the bytes of an ``.npy`` file, a view of them; ``where`` is named in errors.

    Raises:
        MapHashError: it is no array, or cut off.
        MapIncompleteError: it is an array of something else than numbers.
    """
    stream = io.BytesIO(content[:_HEADER].tobytes())
    try:
        version = npy_format.read_magic(stream)
        if version == (1, 0):
            shape, by_columns, dtype = npy_format.read_array_header_1_0(stream)
        elif version == (2, 0):
            shape, by_columns, dtype = npy_format.read_array_header_2_0(stream)
        else:
            raise ValueError(f"format {version[0]}.{version[1]}")
    except (ValueError, EOFError, SyntaxError, TypeError, RecursionError, MemoryError, OverflowError) as error:
        raise MapHashError(f"{where} is no array ({error})", _FIX) from error
    if dtype.hasobject:
        raise MapHashError(f"{where} is no array of numbers, but holds pickled objects", "Do not use this map")
    if dtype.kind not in "biuf" or any(length < 0 for length in shape):
        raise MapIncompleteError(f"{where} is no array of numbers, but {shape} of {dtype}", _FIX)
    count, begin = math.prod(shape), stream.tell()
    if count * dtype.itemsize > len(content) - begin:
        problem = f"{where} is cut off: {shape} of {dtype} are {count * dtype.itemsize} bytes"
        raise MapHashError(f"{problem}, there are {len(content) - begin}", _FIX)
    flat = np.frombuffer(content, dtype, count, begin) if count else np.zeros(0, dtype)
    found: NDArray[Any] = flat.reshape(shape, order="F" if by_columns else "C")
    return found
