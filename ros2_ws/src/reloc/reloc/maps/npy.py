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
from reloc.parsing.npy_file import LONGEST_HEADER, Header, header_of

_FIX = "Build or fetch the map again"
HEADER = LONGEST_HEADER + 12  # bytes at the start of a file that hold its header


def array_in(content: UInt8, where: str) -> NDArray[Any]:
    """Return a view of the array in the bytes of an ``.npy`` file; ``where`` is its name in errors.

    Raises:
        MapHashError: it is not an array, or cut off.
        MapIncompleteError: it is an array of something other than numbers.
    """
    header = header_in(content[:HEADER].tobytes(), len(content), where)
    count = math.prod(header.shape)
    flat = np.frombuffer(content, header.dtype, count, header.offset) if count else np.zeros(0, header.dtype)
    found: NDArray[Any] = flat.reshape(header.shape, order="F" if header.fortran else "C")
    return found


def header_in(start: bytes, size: int, where: str) -> Header:
    """Return the header of an ``.npy`` file of ``size`` bytes from its first :data:`HEADER` bytes.

    Raises:
        MapHashError, MapIncompleteError: as :func:`array_in`.
    """
    header = header_of(io.BytesIO(start), size, Blame(where, MapHashError, _FIX))
    if header.dtype.kind not in "biuf":
        raise MapIncompleteError(f"{where} is not an array of numbers, but {header.shape} of {header.dtype}", _FIX)
    return header
