"""Translate failures of TensorRT and CUDA into errors of reloc.

TensorRT returns nothing on failure and tells its logger why. CUDA returns a status by name.
"""

from __future__ import annotations

import re
import threading

from reloc.errors import (
    BackendError,
    BackendUnavailableError,
    GpuMemoryError,
    ModelFormatError,
    RelocError,
    UnsupportedOperatorError,
)

DRIVER_FIX = (
    "Install NVIDIA's driver (nvidia-smi must list the GPU; r580 or later for CUDA 13, r535 for CUDA 12); "
    "start a container with --gpus all"
)
MEMORY_FIX = "Close other users of the GPU (nvidia-smi lists them), use smaller batches, or lower workspace_mb"

_OUT_OF_MEMORY = re.compile(
    r"out ?of ?memory|amount of GPU memory .* could not be allocated|allocator error|insufficient memory", re.IGNORECASE
)
_NO_KERNEL = re.compile(r"could not find any implementation for node (\S+)", re.IGNORECASE)
_NO_CUDA = re.compile(r"CUDA initialization failure", re.IGNORECASE)
_UNAVAILABLE = frozenset({
    "cudaErrorInsufficientDriver", "cudaErrorNoDevice", "cudaErrorInvalidDevice", "cudaErrorInitializationError",
    "cudaErrorSystemDriverMismatch", "cudaErrorSystemNotReady", "cudaErrorCompatNotSupportedOnDevice",
    "cudaErrorNoKernelImageForDevice", "cudaErrorDeviceUnavailable", "cudaErrorDevicesUnavailable",
    "cudaErrorStubLibrary", "cudaErrorMpsConnectionFailed", "cudaErrorOperatingSystem",
})  # fmt: skip


class Messages:
    """Messages of TensorRT's logger, newest last. All its threads write here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._errors: list[str] = []
        self._warnings: list[str] = []

    def error(self, text: str) -> None:
        """Keep a message for :meth:`failure`, because only the end shows whether it is a failure."""
        with self._lock:
            self._errors = [*self._errors[-49:], text]

    def warning(self, text: str) -> None:
        """Keep a warning as an error: TensorRT only warns when it drops kernels for lack of memory."""
        with self._lock:
            self._warnings = [*self._warnings[-49:], text]

    def clear(self) -> None:
        """Forget earlier messages, because another task begins."""
        with self._lock:
            self._errors, self._warnings = [], []

    def failure(self, what: str) -> BackendError:
        """Return the error for ``what``, which failed."""
        with self._lock:
            errors, warnings = list(self._errors), list(self._warnings)
        why = _brief(errors or warnings)
        if any(_NO_CUDA.search(text) for text in errors + warnings):
            return BackendUnavailableError(f"{what}: {why}", DRIVER_FIX)
        if any(_OUT_OF_MEMORY.search(text) for text in errors + warnings):
            return GpuMemoryError(f"{what}: not enough GPU memory: {why}", MEMORY_FIX)
        if nodes := [m[1] for text in errors if (m := _NO_KERNEL.search(text))]:
            fix = "Use another precision or backend, or raise workspace_mb"
            return UnsupportedOperatorError(f"{what}: TensorRT has no kernel for {nodes[0].rstrip('.')}", fix)
        return BackendError(f"{what}: {why}", "Try another backend: --backend onnxruntime")


def cuda_error(status: str, text: str, call: str, memory: str = "") -> BackendError:
    """Return the error for a CUDA call that failed.

    Args:
        status: CUDA's name, for example "cudaErrorMemoryAllocation".
        memory: the free memory as text.
    """
    problem = f"{call} failed: {text} ({status})"
    if status == "cudaErrorMemoryAllocation":
        return GpuMemoryError(f"{problem}{', ' if memory else ''}{memory}", MEMORY_FIX)
    if status in _UNAVAILABLE:
        return BackendUnavailableError(problem, DRIVER_FIX)
    return BackendError(problem, "The GPU may need a restart: check `dmesg` for NVRM messages")


def parser_error(
    model: str, version: str, code: str = "", operator: str = "", node: str = "", text: str = ""
) -> RelocError:
    """Return the error for a graph that TensorRT's ONNX parser refuses.

    Args:
        model: its name and folder.
        code: name of the ``tensorrt.ErrorCode``; empty if the parser gives none.
    """
    where = f"{operator or 'a node'}{f' (node {node!r})' if node else ''}"
    if code == "MEM_ALLOC_FAILED":
        return GpuMemoryError(f"TensorRT {version} has not enough memory to read {model}: {text}", MEMORY_FIX)
    if code.startswith(("UNSUPPORTED", "INVALID_NODE")):
        fix = "Export the network without it, or use another backend: --backend onnxruntime"
        return UnsupportedOperatorError(f"TensorRT {version} cannot run {where} of {model}: {text}", fix)
    if code in ("", "MODEL_DESERIALIZE_FAILED", "INVALID_GRAPH"):
        problem = f"TensorRT {version} cannot read the ONNX file of {model}: {text or 'no reason given'}"
        return ModelFormatError(problem, "Copy or export the model again")
    problem = f"TensorRT {version} fails at {where} of {model}: {code}, {text}"
    return BackendError(problem, "Try another backend: --backend onnxruntime")


def _brief(texts: list[str]) -> str:
    """Return the first and the last message: the cause and the consequence."""
    if not texts:
        return "TensorRT gives no reason"
    chosen = [texts[0]] if len(texts) == 1 else [texts[0], texts[-1]]
    return "; ".join(" ".join(text.split())[:300] for text in dict.fromkeys(chosen))
