"""What ONNX Runtime says when something fails, and which of our errors that is: its own have only texts and codes."""

from __future__ import annotations

import re

from reloc.errors import BackendError, GpuMemoryError, ModelFormatError, RelocError, UnsupportedOperatorError

GPU_FIX = (
    "nvidia-smi must list a GPU, and onnxruntime-gpu be installed instead of onnxruntime, with the CUDA and cuDNN that "
    "it was built for; or take the processor: --backend openvino"
)
MEMORY_FIX = "Close what else uses the GPU (nvidia-smi lists it), ask for smaller batches, or take --backend openvino"

_OPERATOR = (
    re.compile(r"No Op registered for (\S+)"),
    re.compile(r"(?:Fatal error: )?(\S+?)\(-?\d+\) is not a registered function/op"),
    re.compile(r"Could not find an implementation for (\S+?)(?:\(|\s)"),
)
_MEMORY = re.compile(
    r"out ?of ?memory|Failed to allocate memory|BFCArena|CUDA_ERROR_OUT_OF_MEMORY|CUBLAS_STATUS_ALLOC_FAILED",
    re.IGNORECASE,
)


def named(error: Exception, what: str) -> RelocError:
    """The error for ``what``, which failed."""
    text = " ".join(str(error).split()).rstrip(".")
    for pattern in _OPERATOR:
        if match := pattern.search(text):
            fix = "Another backend may have it: --backend openvino; or export the network without it"
            return UnsupportedOperatorError(f"{what}: it has no operator {match[1]}", fix)
    if _MEMORY.search(text):
        return GpuMemoryError(f"{what}: the memory does not suffice: {text[:300]}", MEMORY_FIX)
    if "INVALID_PROTOBUF" in text or "No graph was found" in text:
        return ModelFormatError(f"{what}: no ONNX file that can be read", "Copy or export the model again")
    return BackendError(f"{what}: {text[:400]}", "Another backend may run it: --backend openvino")
