"""Read an array from the bytes of an ``.npy`` file without a copy."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import UInt8
from reloc.errors import MapHashError, MapIncompleteError
from reloc.parsing.blame import Blame
from reloc.parsing.npy_file import header_of

_FIX = "Build or fetch the map again"
_HEADER = 1 << 16  # bytes; more than any header of a map's arrays


def array_in(content: UInt8, where: str) -> NDArray[Any]:
    """Return a view of the array in the bytes of an ``.npy`` file; ``where`` is its name in errors.

    Raises:
        MapHashError: it is not an array, or cut off.
        MapIncompleteError: it is an array of something other than numbers.
    """
    header = header_of(io.BytesIO(content[:_HEADER].tobytes()), len(content), Blame(where, MapHashError, _FIX))
    if header.dtype.kind not in "biuf":
        raise MapIncompleteError(f"{where} is not an array of numbers, but {header.shape} of {header.dtype}", _FIX)
    count = math.prod(header.shape)
    flat = np.frombuffer(content, header.dtype, count, header.offset) if count else np.zeros(0, header.dtype)
    found: NDArray[Any] = flat.reshape(header.shape, order="F" if header.fortran else "C")
    return found
