"""What sessions on a processor have in common: one lane for each batch size, its arrays made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reloc.backends.backend import Arrays
from reloc.errors import BackendError
from reloc.models.tensor import TensorSpec

ALIGNED = 64  # bytes: a cache line, and the widest vector; runtimes copy what lies otherwise


class Lane(Protocol):
    """The network for one batch size, with its arrays."""

    inputs: Arrays
    outputs: Arrays

    def run(self) -> None:
        """From ``inputs`` to ``outputs``."""


class LaneSession:
    """See :class:`reloc.backends.backend.Session`."""

    def __init__(self, backend: str, device: str, precision: str, lanes: Mapping[int, Lane]) -> None:
        self.backend = backend
        self.device = device
        self.precision = precision
        self.batch_sizes = tuple(lanes)
        self._lanes = dict(lanes)

    def buffers(self, batch: int) -> Arrays:
        """The arrays that the network reads.

        Raises:
            BackendError: another batch size than it was opened for, or closed.
        """
        return self._lane(batch).inputs

    def run(self, batch: int) -> Arrays:
        """What the network answers.

        Raises:
            BackendError: as :meth:`buffers`; or the runtime failed.
        """
        lane = self._lane(batch)
        lane.run()
        return lane.outputs

    def close(self) -> None:
        """Let the network go. Arrays that were handed out stay readable."""
        self._lanes = {}

    def _lane(self, batch: int) -> Lane:
        lane = self._lanes.get(batch)
        if lane is not None:
            return lane
        if not self._lanes:
            raise BackendError("The session is closed", "Open another one")
        sizes = ", ".join(map(str, self.batch_sizes))
        raise BackendError(
            f"The session was opened for batches of {sizes}, not of {batch}", f"Open it with batch_sizes=(..., {batch})"
        )


def arrays(specs: Sequence[TensorSpec], batch: int) -> Arrays:
    """Zeroed arrays for one batch, by name. The mapping cannot be changed, its arrays can."""
    return MappingProxyType({spec.name: aligned(spec.at(batch), spec.dtype) for spec in specs})


def aligned(shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """An array of zeros that begins at a multiple of :data:`ALIGNED`."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(size + ALIGNED, np.uint8)
    begin = -raw.ctypes.data % ALIGNED
    return raw[begin : begin + size].view(dtype).reshape(shape)


def views(arrays: Arrays) -> Arrays:
    """The same memory, read-only."""
    seen = {name: array.view() for name, array in arrays.items()}
    for array in seen.values():
        array.flags.writeable = False
    return MappingProxyType(seen)
