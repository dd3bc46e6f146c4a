"""Options of ONNX Runtime's execution providers."""

from __future__ import annotations

from typing import Any

from reloc.backends.cache_folder import cache_folder
from reloc.models.model import FLOAT32, INT8, Model

CPU, CUDA, TENSORRT = "cpu", "cuda", "tensorrt"
PROVIDER_NAMES = {CPU: "CPUExecutionProvider", CUDA: "CUDAExecutionProvider", TENSORRT: "TensorrtExecutionProvider"}


def provider_options(
    model: Model, precision: str, provider: str, device: int, cache: str, batch_sizes: tuple[int, ...]
) -> list[tuple[str, dict[str, Any]]]:
    """Return the providers in order of priority for each operator; the processor runs what others lack."""
    cpu: tuple[str, dict[str, Any]] = (PROVIDER_NAMES[CPU], {})
    if provider == CPU:
        return [cpu]
    cuda = (
        PROVIDER_NAMES[CUDA],
        {
            "device_id": device,
            "cudnn_conv_algo_search": "EXHAUSTIVE",  # by measuring, once, while warming up
            "use_tf32": 0,  # float32 was requested
        },
    )
    if provider == CUDA:
        return [cuda, cpu]
    tensorrt = (
        PROVIDER_NAMES[TENSORRT],
        {
            "device_id": device,
            "trt_fp16_enable": precision != FLOAT32,
            "trt_int8_enable": precision == INT8,
            "trt_engine_cache_enable": True,
            "trt_engine_cache_path": str(cache_folder(cache)),
            # The provider compares only the graph's structure: two trainings of one network would share an engine.
            "trt_engine_cache_prefix": f"{model.name}-{model.files[_file(model, precision)].sha256[:16]}-{precision}",
            "trt_profile_min_shapes": _shapes(model, batch_sizes[0]),
            "trt_profile_opt_shapes": _shapes(model, batch_sizes[-1]),
            "trt_profile_max_shapes": _shapes(model, batch_sizes[-1]),
        },
    )
    return [tensorrt, cuda, cpu]


def _file(model: Model, precision: str) -> str:
    return precision if precision in model.files else model.base


def _shapes(model: Model, batch: int) -> str:
    return ",".join(f"{spec.name}:{'x'.join(map(str, spec.at(batch)))}" for spec in model.inputs)
