"""Translate ONNX Runtime's messages, which have only texts and codes, into errors of reloc."""

from __future__ import annotations

import re

from reloc.errors import BackendError, GpuMemoryError, ModelFormatError, RelocError, UnsupportedOperatorError

GPU_FIX = (
    "Check that nvidia-smi lists a GPU, and install onnxruntime-gpu instead of onnxruntime, with its CUDA and "
    "cuDNN; or use the processor: --backend openvino"
)
MEMORY_FIX = "Close other users of the GPU (nvidia-smi lists them), use smaller batches, or pass --backend openvino"

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
    """Return the error for ``what``, which failed."""
    text = " ".join(str(error).split()).rstrip(".")
    for pattern in _OPERATOR:
        if match := pattern.search(text):
            fix = "Try another backend: --backend openvino; or export the network without this operator"
            return UnsupportedOperatorError(f"{what}: it has no operator {match[1]}", fix)
    if _MEMORY.search(text):
        return GpuMemoryError(f"{what}: not enough memory: {text[:300]}", MEMORY_FIX)
    if "INVALID_PROTOBUF" in text or "No graph was found" in text:
        return ModelFormatError(f"{what}: not a readable ONNX file", "Copy or export the model again")
    return BackendError(f"{what}: {text[:400]}", "Try another backend: --backend openvino")
