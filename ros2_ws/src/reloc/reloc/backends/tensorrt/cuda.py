"""CUDA's runtime through cuda-python, with errors by name. It imports cuda: import it only when TensorRT is chosen."""

from __future__ import annotations

import ctypes
import math
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from cuda.bindings import runtime as cudart
from numpy.typing import DTypeLike, NDArray

from reloc.backends.tensorrt.messages import DRIVER_FIX, cuda_error
from reloc.errors import BackendUnavailableError
from reloc.parsing.regular_file import MIB

_SUCCESS = cudart.cudaError_t.cudaSuccess


def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a CUDA function and return its results without the status.

    Raises:
        GpuMemoryError, BackendUnavailableError, BackendError: the call failed.
    """
    status, *values = function(*arguments)
    if status != _SUCCESS:
        cudart.cudaGetLastError()  # otherwise the next call that reads the last error would report this one
        _, text = cudart.cudaGetErrorString(status)
        name = getattr(function, "__name__", "CUDA")
        raise cuda_error(cudart.cudaError_t(status).name, _text(text), name, _memory() if "lloc" in name else "")
    return values[0] if len(values) == 1 else tuple(values)


def device_count() -> int:
    """Return how many GPUs CUDA sees.

    Raises:
        BackendUnavailableError: there is no GPU, or no driver.
    """
    status, version = cudart.cudaDriverGetVersion()
    if status == _SUCCESS and version == 0:  # the call below would report an insufficient driver
        raise BackendUnavailableError("There is no NVIDIA driver", DRIVER_FIX)
    return int(call(cudart.cudaGetDeviceCount))


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU."""

    index: int
    name: str
    compute_capability: str

    @classmethod
    def use(cls, index: int) -> Device:
        """Select a GPU for this thread.

        Raises:
            BackendUnavailableError: there is no GPU of that number, or no driver.
        """
        if index >= (count := device_count()):
            fix = f"CUDA counts {count} GPUs here, from 0: set `device` accordingly"
            raise BackendUnavailableError(f"There is no GPU number {index}", fix)
        properties = call(cudart.cudaGetDeviceProperties, index)
        device = cls(index, _text(properties.name), f"{properties.major}.{properties.minor}")
        device.make_current()
        return device

    def make_current(self) -> None:
        """Select it for this thread: each thread has its own, and begins with number 0."""
        call(cudart.cudaSetDevice, self.index)


class Stream:
    """A queue of work on the GPU, separate from the default one, with which CUDA would synchronize."""

    def __init__(self) -> None:
        self.handle = call(cudart.cudaStreamCreateWithFlags, cudart.cudaStreamNonBlocking)

    def synchronize(self) -> None:
        """Wait until all work is done."""
        call(cudart.cudaStreamSynchronize, self.handle)

    def capture(self, work: Callable[[], None]) -> Graph:
        """Record the work that ``work`` queues, without running it.

        Raises:
            BackendError: ``work`` failed, or did something that a graph cannot hold.
        """
        # Thread-local: CUDA calls of other threads do not break the recording.
        call(cudart.cudaStreamBeginCapture, self.handle, cudart.cudaStreamCaptureMode.cudaStreamCaptureModeThreadLocal)
        try:
            work()
        except BaseException:
            status, graph = cudart.cudaStreamEndCapture(self.handle)  # also ends the recording after a failure
            if status == _SUCCESS:
                cudart.cudaGraphDestroy(graph)
            cudart.cudaGetLastError()
            raise
        graph = call(cudart.cudaStreamEndCapture, self.handle)
        try:
            executable = call(cudart.cudaGraphInstantiate, graph, 0)
        finally:
            cudart.cudaGraphDestroy(graph)
        return Graph(executable, self)

    def close(self) -> None:
        """Release it. Nothing may be queued any more."""
        cudart.cudaStreamDestroy(self.handle)


class Graph:
    """Recorded work, launched by one call."""

    def __init__(self, executable: Any, stream: Stream) -> None:
        self._executable = executable
        self._stream = stream

    def launch(self) -> None:
        """Queue it."""
        call(cudart.cudaGraphLaunch, self._executable, self._stream.handle)

    def close(self) -> None:
        """Release it."""
        cudart.cudaGraphExecDestroy(self._executable)


class Buffer:
    """The same bytes twice: on the GPU, and in pinned memory of the host, from which the GPU copies directly.

    The pinned memory is released with its last view, so that a view never points to freed memory.
    """

    def __init__(self, shape: Sequence[int], dtype: DTypeLike) -> None:
        self.host = pinned(shape, dtype)  # (*shape) dtype
        self.device = int(call(cudart.cudaMalloc, max(self.host.nbytes, 1)))

    def to_device(self, stream: Stream) -> None:
        """Queue the copy to the GPU."""
        self._copy(self.device, self.host.ctypes.data, cudart.cudaMemcpyKind.cudaMemcpyHostToDevice, stream)

    def to_host(self, stream: Stream) -> None:
        """Queue the copy from the GPU."""
        self._copy(self.host.ctypes.data, self.device, cudart.cudaMemcpyKind.cudaMemcpyDeviceToHost, stream)

    def close(self) -> None:
        """Release the GPU's memory."""
        cudart.cudaFree(self.device)

    def _copy(self, to: int, of: int, kind: Any, stream: Stream) -> None:
        call(cudart.cudaMemcpyAsync, to, of, self.host.nbytes, kind, stream.handle)


def pinned(shape: Sequence[int], dtype: DTypeLike) -> NDArray[Any]:
    """Return an array of zeros in pinned memory.

    Raises:
        GpuMemoryError: there is not enough memory.
    """
    count = math.prod(shape)
    size = max(count * np.dtype(dtype).itemsize, 1)
    pointer = int(call(cudart.cudaHostAlloc, size, cudart.cudaHostAllocDefault))
    block = (ctypes.c_ubyte * size).from_address(pointer)
    weakref.finalize(block, cudart.cudaFreeHost, pointer).atexit = False  # at exit, CUDA may be unloaded first
    array: NDArray[Any] = np.frombuffer(memoryview(block), dtype, count).reshape(tuple(shape))
    array[...] = 0
    return array


def _memory() -> str:
    status, free, total = cudart.cudaMemGetInfo()
    return f"{free // MIB} MB of {total // MIB} MB are free" if status == _SUCCESS else ""


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)
