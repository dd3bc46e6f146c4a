"""Run a network on an NVIDIA GPU: fill the buffers, run, read. Import it only when TensorRT is chosen."""

from __future__ import annotations

from typing import Any

import tensorrt as trt

from reloc.backends.backend import Arrays, Log
from reloc.backends.tensorrt.builder import MESSAGES, made
from reloc.backends.tensorrt.cuda import Device, Stream
from reloc.backends.tensorrt.lane import TensorRtLane
from reloc.backends.tensorrt.timing import InputThere
from reloc.errors import BackendError, GpuMemoryError
from reloc.models.model import Model


def load(engine: bytes) -> tuple[Any, Any] | None:
    """Return the runtime and the engine; None if TensorRT refuses the engine.

    Raises:
        GpuMemoryError, BackendUnavailableError: TensorRT cannot work at all.
    """
    MESSAGES.clear()
    runtime = made(trt.Runtime, "TensorRT's runtime cannot be created")
    loaded = runtime.deserialize_cuda_engine(engine)
    if loaded is None:
        failure = MESSAGES.failure("The engine cannot be loaded")
        if isinstance(failure, GpuMemoryError):
            raise failure
        return None
    return runtime, loaded


class TensorRtSession:
    """See :class:`reloc.backends.backend.Session`."""

    backend = "tensorrt"

    def __init__(
        self, loaded: tuple[Any, Any], device: Device, model: Model, precision: str, batch_sizes: tuple[int, ...],
        use_graph: bool, log: Log,
    ) -> None:  # fmt: skip
        self.device = device.name
        self.precision = precision
        self.batch_sizes = batch_sizes
        self._gpu = device
        self._runtime, self._engine = loaded  # the runtime must outlive its engine
        self._lanes: dict[int, TensorRtLane] = {}
        self._stream: Stream | None = Stream()
        try:
            for profile, batch in enumerate(batch_sizes):
                number = profile if loaded[1].num_optimization_profiles > 1 else 0
                self._lanes[batch] = TensorRtLane(model, self._engine, self._stream, batch, number, use_graph, log)
        except BaseException:
            self.close()
            raise

    def buffers(self, batch: int) -> Arrays:
        """Return pinned arrays, which the GPU reads directly.

        Raises:
            BackendError: the session was not opened for that batch size, or is closed.
        """
        return self._lane(batch).inputs

    def run(self, batch: int) -> Arrays:
        """Run on the buffers. The result is read-only, and valid until the next run.

        Raises:
            BackendError: as :meth:`buffers`; or the GPU failed.
        """
        lane = self._lane(batch)
        self._gpu.make_current()  # the session may have been opened on another thread
        lane.run()
        return lane.outputs

    def time_inside(self, batch: int, count: int = 200) -> InputThere:
        """Measure how long a batch takes with its input on the GPU, and how much of that is launching.

        Raises:
            BackendError: as :meth:`run`.
        """
        lane = self._lane(batch)
        self._gpu.make_current()
        return lane.time_inside(count)

    def close(self) -> None:
        """Release the GPU's memory. Views of the buffers stay readable."""
        if self._stream is None:
            return
        self._gpu.make_current()
        for lane in self._lanes.values():
            lane.close()
        self._lanes = {}
        self._engine = self._runtime = None
        self._stream.close()
        self._stream = None

    def _lane(self, batch: int) -> TensorRtLane:
        if self._stream is None:
            raise BackendError("The session is closed", "Open another one")
        try:
            return self._lanes[batch]
        except KeyError:
            sizes = ", ".join(str(b) for b in self.batch_sizes)
            problem = f"The session was opened for batches of {sizes}, not of {batch}"
            raise BackendError(problem, f"Open it with batch_sizes=(..., {batch})") from None
