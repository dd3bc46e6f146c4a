"""Build an engine from an ONNX graph. This imports TensorRT: import it only when TensorRT is chosen.

It works with TensorRT 10 and 11. 11 has no flags for precision: each layer is computed in the graph's type, which 10
calls strongly typed. So FP16 is a float16 graph, and INT8 a graph with Q/DQ nodes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorrt as trt

from reloc.backends.interface import Found, check_batch_sizes, check_interface
from reloc.backends.tensorrt.cuda import Device
from reloc.backends.tensorrt.messages import DRIVER_FIX, Messages, parser_error
from reloc.backends.tensorrt.progress import BuildProgress
from reloc.errors import BackendError, BackendUnavailableError, RelocError
from reloc.models.model import Model
from reloc.parsing.regular_file import MIB


@dataclass(frozen=True, slots=True)
class Order:
    """Description of a build."""

    model: Model
    onnx: bytes  # the graph, in ``precision``
    precision: str
    batch_sizes: tuple[int, ...]  # one optimization profile each, in this order
    optimization_level: int
    workspace_mb: int


class _Logger(trt.ILogger):  # type: ignore[misc]  # it comes without types
    """Pass TensorRT's errors and warnings to ``MESSAGES``."""

    def __init__(self) -> None:
        trt.ILogger.__init__(self)

    def log(self, severity: Any, msg: str) -> None:
        """Take a message. TensorRT calls it from any thread."""
        if severity in (trt.ILogger.Severity.INTERNAL_ERROR, trt.ILogger.Severity.ERROR):
            MESSAGES.error(msg)
        elif severity == trt.ILogger.Severity.WARNING:
            MESSAGES.warning(msg)


# One of each per process: TensorRT keeps its first logger for everything.
MESSAGES = Messages()
LOGGER = _Logger()


class Monitor(trt.IProgressMonitor):  # type: ignore[misc]
    """Pass TensorRT's progress to ``progress``."""

    def __init__(self, progress: BuildProgress) -> None:
        trt.IProgressMonitor.__init__(self)
        self._progress = progress

    def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
        """Start a phase. TensorRT calls it and the next two from any thread."""
        self._progress.start(phase_name, num_steps)

    def step_complete(self, phase_name: str, step: int) -> bool:
        """Report a step; returning False stops the build."""
        return self._progress.step(phase_name, step)

    def phase_finish(self, phase_name: str) -> None:
        """End the phase."""
        self._progress.finish(phase_name)


def made(factory: Callable[..., Any], what: str) -> Any:
    """Create a builder or a runtime.

    Raises:
        BackendUnavailableError: TensorRT cannot initialize CUDA.
    """
    try:
        return factory(LOGGER)
    except TypeError as error:  # TensorRT's Python only says "factory function returned nullptr"
        problem = MESSAGES.failure(what).problem
        raise BackendUnavailableError(f"{problem} (it cannot use CUDA)", DRIVER_FIX) from error


def build(order: Order, device: Device, progress: BuildProgress, times: bytes) -> tuple[bytes, bytes]:
    """Build an engine. Takes seconds to minutes.

    Args:
        device: where it will run; becomes this thread's device.
        times: kernel times of earlier builds, as returned, or empty.

    Returns:
        The engine, and kernel times for the next build (empty if there are none).

    Raises:
        UnsupportedOperatorError, ModelInputError, ModelFormatError: the graph has an unsupported operator or another
            interface, or cannot be read.
        GpuMemoryError, BackendUnavailableError, BackendError: see these classes.
    """
    device.make_current()
    MESSAGES.clear()
    builder = made(trt.Builder, "TensorRT's builder cannot be created")
    network = builder.create_network(_strongly_typed())
    parser = trt.OnnxParser(network, LOGGER)
    if not parser.parse(order.onnx):
        raise _parser_failure(parser, order.model)
    _check(network, order)
    monitor = Monitor(progress)  # it and the parser, which holds the weights, must live until the engine is built
    config = _configure(builder, network, order)
    config.progress_monitor = monitor
    cache = _use_times(config, times)
    engine = builder.build_serialized_network(network, config)
    if engine is None:
        raise MESSAGES.failure(f"TensorRT {trt.__version__} cannot build {order.model.name}")
    del parser, monitor
    return bytes(engine), b"" if cache is None else bytes(config.get_timing_cache().serialize())


def _strongly_typed() -> int:
    """Return flags for TensorRT 10. In 11 the flag exists but is ignored; a later version may drop it."""
    flag = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    return 0 if flag is None else 1 << int(flag)


def _configure(builder: Any, network: Any, order: Order) -> Any:
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, order.workspace_mb * MIB)
    config.builder_optimization_level = order.optimization_level
    if order.precision == "float32":
        config.clear_flag(trt.BuilderFlag.TF32)  # TensorFloat-32 has ten bits, but full float32 is needed
    inputs = [network.get_input(i) for i in range(network.num_inputs)]
    if any(-1 in tuple(tensor.shape) for tensor in inputs):
        for batch in order.batch_sizes:
            profile = builder.create_optimization_profile()
            for spec in order.model.inputs:
                shape = spec.at(batch)
                profile.set_shape(spec.name, shape, shape, shape)
            if config.add_optimization_profile(profile) < 0:
                raise BackendError(f"TensorRT refuses a profile for batches of {batch}", "Use other batch sizes")
    return config


def _use_times(config: Any, times: bytes) -> Any:
    """Load kernel times: measured once, then kept. A file that TensorRT refuses is ignored."""
    for content in dict.fromkeys((times, b"")):
        cache = config.create_timing_cache(content)
        if cache is not None and config.set_timing_cache(cache, False):
            return cache
    return None


def _check(network: Any, order: Order) -> None:
    inputs = [network.get_input(i) for i in range(network.num_inputs)]
    outputs = [network.get_output(i) for i in range(network.num_outputs)]
    taken = [found(tensor.name, tensor.dtype, tensor.shape) for tensor in inputs]
    check_interface(order.model, taken, [found(tensor.name, tensor.dtype, tensor.shape) for tensor in outputs])
    check_batch_sizes(order.model, order.batch_sizes, taken)


def found(name: str, dtype: Any, shape: Iterable[int]) -> Found:
    """Return a tensor of a graph or an engine in the form of :func:`check_interface`."""
    return name, np.dtype(trt.nptype(dtype)).name, tuple(None if n == -1 else n for n in shape)


def _parser_failure(parser: Any, model: Model) -> RelocError:
    name = f"{model.name} ({model.path})"
    if parser.num_errors == 0:
        return parser_error(name, trt.__version__)
    error = parser.get_error(0)
    code = getattr(error.code(), "name", str(error.code()))
    return parser_error(name, trt.__version__, code, error.node_operator(), error.node_name(), error.desc())
