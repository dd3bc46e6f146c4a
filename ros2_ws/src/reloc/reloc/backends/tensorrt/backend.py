"""Run networks on NVIDIA GPUs with TensorRT 10 (JetPack 7) and 11 (desktop): FP16, or INT8 if the model has such a
file.

TensorRT compiles a network for one GPU, which takes minutes the first time; the engine is kept and checked
(:mod:`reloc.backends.tensorrt.cache`). Each batch size has its own optimization profile, pinned buffers and CUDA graph.
docs/tensorrt.md says what to install.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reloc.backends.backend import AUTO, Availability, Log
from reloc.backends.cache_folder import cache_folder
from reloc.backends.interface import check_batch_sizes
from reloc.backends.tensorrt.cache import EngineFile, obtain
from reloc.backends.tensorrt.checked_file import CheckedFile
from reloc.backends.tensorrt.graph import graph_of, precisions_of
from reloc.backends.tensorrt.key import EngineKey, Platform
from reloc.backends.tensorrt.presence import examine, require
from reloc.backends.tensorrt.progress import BuildProgress, in_background
from reloc.config import param, validate
from reloc.models.model import Model

if TYPE_CHECKING:
    from reloc.backends.tensorrt.session import TensorRtSession


@dataclass(frozen=True, slots=True)
class TensorRtConfig:
    """Parameters of the backend."""

    device: int = param(0, "The network runs on the GPU with this CUDA index.", ge=0, le=63, expert=True)
    cache: str = param("~/.cache/reloc/engines", "Compiled engines are kept in this folder.", expert=True)
    build: bool = param(
        True,
        "If true, a missing engine is built, which takes minutes. If false, a model without an engine is refused.",
        expert=True,
    )
    cuda_graph: bool = param(
        True, "If true, one CUDA graph launches a batch, which is faster than launching each kernel.", expert=True
    )
    optimization_level: int = param(
        3,
        "TensorRT searches for fast kernels at this level. Raising it builds for longer and may run "
        "faster; 0 searches least.",
        ge=0,
        le=5,
        expert=True,
    )
    workspace_mb: int = param(
        1024,
        "A layer may use at most this much GPU memory for scratch data. Raising it may allow faster kernels.",
        unit="MB",
        ge=16,
        le=65536,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


class TensorRt:
    """See :class:`reloc.backends.backend.Backend`."""

    name = "tensorrt"
    Config = TensorRtConfig

    @classmethod
    def availability(cls) -> Availability:
        """Check for TensorRT and a GPU. TensorRT is imported only if there is a GPU."""
        presence = examine()
        return Availability(presence.usable, presence.detail, presence.fix, presence.device)

    @classmethod
    def precisions(cls, model: Model) -> Mapping[str, str]:
        """Return the precisions, float16 first: any GPU that TensorRT 10 supports has it, with no relevant loss."""
        return precisions_of(model)

    @classmethod
    def open(
        cls, model: Model, config: Any, *, precision: str = AUTO, batch_sizes: tuple[int, ...] = (1,), log: Log = print
    ) -> TensorRtSession:
        """Load the engine of a model, or build it first, which takes minutes; ``log`` gets the progress.

        Raises:
            BackendUnavailableError: TensorRT, a driver or a GPU is missing.
            UnsupportedOperatorError, ModelInputError, ModelFormatError, GpuMemoryError, BackendError: see these
                classes.
            EngineCacheError: no engine matches, and ``build`` is off.
        """
        sizes = check_batch_sizes(model, batch_sizes, ())
        require()
        from reloc.backends.tensorrt.cuda import Device
        from reloc.backends.tensorrt.session import TensorRtSession, load

        device = Device.use(config.device)
        precision, onnx = graph_of(model, precision)
        key = EngineKey(
            model_name=model.name,
            model_sha256=hashlib.sha256(onnx).hexdigest(),
            precision=precision,
            batch_sizes=sizes,
            platform=Platform(device.name, device.compute_capability, _version()),
            optimization_level=config.optimization_level,
            workspace_mb=config.workspace_mb,
        )
        folder = cache_folder(config.cache)
        file = EngineFile(folder / key.file_name)
        loaded = obtain(file, key, lambda: _build(model, onnx, key, device, folder, log), load, log, config.build)
        return TensorRtSession(loaded, device, model, precision, sizes, config.cuda_graph, log)


def _build(model: Model, onnx: bytes, key: EngineKey, device: Any, folder: Path, log: Log) -> bytes:
    """Build in the background, with the kernel times that earlier builds measured."""
    from reloc.backends.tensorrt.builder import Order, build

    batches = ", ".join(str(b) for b in key.batch_sizes)
    log(
        f"TensorRT {key.platform.tensorrt} builds {model.name!r} ({key.precision}, batches of {batches}) for "
        f"{device.name}. This takes minutes, once; the result is kept in {folder}"
    )
    order = Order(model, onnx, key.precision, key.batch_sizes, key.optimization_level, key.workspace_mb)
    times = CheckedFile(folder / key.platform.file_name, "timing cache")
    try:
        known = times.read(key.platform.to_json())
    except ValueError:
        known = b""  # only some seconds are lost
    began = time.monotonic()
    progress = BuildProgress()
    engine, measured = in_background(lambda: build(order, device, progress, known), progress, log)
    try:
        times.write(key.platform.to_json(), measured)
    except OSError as error:
        log(f"kernel times cannot be kept: {error}")
    log(f"built in {time.monotonic() - began:.0f} s, {len(engine) / 1e6:.1f} MB")
    return engine


def _version() -> str:
    import tensorrt

    return str(tensorrt.__version__)
