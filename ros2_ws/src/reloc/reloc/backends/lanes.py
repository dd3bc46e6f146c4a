"""Shared part of sessions on a processor: one lane for each batch size, with its arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from reloc.backends.backend import Arrays
from reloc.errors import BackendError
from reloc.models.tensor import TensorSpec

ALIGNED = 64  # bytes: a cache line, and the widest vector; runtimes copy arrays with another alignment


class Lane(Protocol):
    """The network for one batch size, with its arrays."""

    inputs: Arrays
    outputs: Arrays

    def run(self) -> None:
        """Compute ``outputs`` from ``inputs``."""


class LaneSession:
    """See :class:`reloc.backends.backend.Session`."""

    def __init__(self, backend: str, device: str, precision: str, lanes: Mapping[int, Lane]) -> None:
        self.backend = backend
        self.device = device
        self.precision = precision
        self.batch_sizes = tuple(lanes)
        self._lanes = dict(lanes)

    def buffers(self, batch: int) -> Arrays:
        """Return the arrays that the network reads.

        Raises:
            BackendError: it was opened for another batch size, or closed.
        """
        return self._lane(batch).inputs

    def run(self, batch: int) -> Arrays:
        """Run the network.

        Raises:
            BackendError: as :meth:`buffers`; or the runtime failed.
        """
        lane = self._lane(batch)
        lane.run()
        return lane.outputs

    def close(self) -> None:
        """Release the network. Returned arrays stay readable."""
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
    """Return zeroed arrays for one batch by name. The mapping cannot be changed, but its arrays can."""
    return MappingProxyType({spec.name: aligned(spec.at(batch), spec.dtype) for spec in specs})


def aligned(shape: tuple[int, ...], dtype: str) -> NDArray[Any]:
    """Return an array of zeros that begins at a multiple of :data:`ALIGNED`."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(size + ALIGNED, np.uint8)
    begin = -raw.ctypes.data % ALIGNED
    return raw[begin : begin + size].view(dtype).reshape(shape)


def views(arrays: Arrays) -> Arrays:
    """Return a read-only view of the same memory."""
    seen = {name: array.view() for name, array in arrays.items()}
    for array in seen.values():
        array.flags.writeable = False
    return MappingProxyType(seen)
