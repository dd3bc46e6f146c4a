"""Array types, named by their content."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]
Int8 = NDArray[np.int8]
Int32 = NDArray[np.int32]


def freeze(*arrays: NDArray[np.generic]) -> None:
    """Make arrays read-only, in place."""
    for array in arrays:
        array.flags.writeable = False


def hold_read_only(value: object, *names: str) -> None:
    """Replace array fields by read-only views; the caller's own arrays stay writable."""
    for name in names:
        view = getattr(value, name).view()
        view.flags.writeable = False
        object.__setattr__(value, name, view)
