"""Types of arrays, named by what they hold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]
Float32 = NDArray[np.float32]
UInt8 = NDArray[np.uint8]
Int32 = NDArray[np.int32]


def freeze(*arrays: NDArray[np.generic]) -> None:
    """Make arrays read-only, in place."""
    for array in arrays:
        array.flags.writeable = False
