"""Run networks with ONNX Runtime: on any processor, and on NVIDIA GPUs with its CUDA or TensorRT provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reloc.backends.backend import AUTO, Arrays, Availability, Log
from reloc.backends.hardware.nvidia import gpu_name
from reloc.backends.hardware.processor import processor
from reloc.backends.interface import Found, check_batch_sizes, check_interface
from reloc.backends.lanes import LaneSession, arrays, views
from reloc.backends.network_file import as_model_errors, content
from reloc.backends.onnxruntime.messages import GPU_FIX, named
from reloc.backends.onnxruntime.providers import CPU, CUDA, PROVIDER_NAMES, TENSORRT, provider_options
from reloc.config import param, validate
from reloc.errors import BackendError, BackendUnavailableError
from reloc.models.model import FLOAT16, FLOAT32, INT8, Model
from reloc.threads import usable_cores

_FIX = "pip install onnxruntime (on NVIDIA GPUs onnxruntime-gpu instead)"
_TYPES = {
    "tensor(uint8)": "uint8", "tensor(int32)": "int32", "tensor(int64)": "int64", "tensor(float)": "float32",
    "tensor(float16)": "float16", "tensor(bool)": "bool",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class OnnxRuntimeConfig:
    """Parameters of the backend."""

    provider: str = param(
        AUTO,
        "This execution provider runs the network. `auto` uses the GPU if there is one.",
        choices=(AUTO, CPU, CUDA, TENSORRT),
    )
    threads: int = param(
        0,
        "The network uses this many threads. Raising it may be faster and takes cores from others; 0 "
        "uses all cores of the process.",
        ge=0,
        le=1024,
        expert=True,
    )
    device: int = param(0, "The network runs on the GPU with this CUDA index.", ge=0, le=63, expert=True)
    cache: str = param(
        "~/.cache/reloc/onnxruntime", "The TensorRT provider keeps its compiled engines in this folder.", expert=True
    )

    def __post_init__(self) -> None:
        validate(self)


class OnnxRuntime:
    """See :class:`reloc.backends.backend.Backend`."""

    name = "onnxruntime"
    Config = OnnxRuntimeConfig

    @classmethod
    def availability(cls) -> Availability:
        """Check that ONNX Runtime is installed, and whether it has its CUDA provider and a GPU."""
        try:
            import onnxruntime

            providers = onnxruntime.get_available_providers()
        except ModuleNotFoundError:
            return Availability(False, "the package onnxruntime is not installed", _FIX)
        except Exception as error:  # a broken installation may raise anything
            return Availability(False, f"onnxruntime cannot be used: {error}", f"Reinstall it: {_FIX}")
        gpu = gpu_name() if PROVIDER_NAMES[CUDA] in providers else ""
        by_cuda = " with its CUDA provider" if gpu else ""
        return Availability(True, f"ONNX Runtime {onnxruntime.__version__}{by_cuda}", device=gpu or CPU.upper())

    @classmethod
    def precisions(cls, model: Model) -> Mapping[str, str]:
        """Return the precisions. A GPU is fastest in float16. A processor computes in float32, or in int8."""
        whole, gpu = {FLOAT16, FLOAT32} & set(model.files), cls.availability().device != CPU.upper()
        found = {}
        if gpu and FLOAT16 in model.files:
            found[FLOAT16] = "the model's file is float16, which the GPU supports"
        if not gpu and INT8 in model.files and (has := processor().int8):
            found[INT8] = f"the processor has {has} and the model an int8 file"
        if whole:
            found[FLOAT32] = "ONNX Runtime has no faster precision here" if not found else "every device supports it"
        if FLOAT16 in model.files:
            found.setdefault(FLOAT16, "values are rounded as in the file, which is slow on a processor")
        if INT8 in model.files:
            found.setdefault(INT8, "the model has an int8 file")
        return found

    @classmethod
    def open(
        cls,
        model: Model,
        config: Any = None,
        *,
        precision: str = AUTO,
        batch_sizes: tuple[int, ...] = (1,),
        log: Log = print,
    ) -> LaneSession:
        """Load the network.

        Raises:
            BackendUnavailableError: ONNX Runtime or the provider is missing.
            BackendError, ModelError: as in :meth:`reloc.backends.backend.Backend.open`.
        """
        config = config or OnnxRuntimeConfig()
        there = cls.availability()
        if not there.usable:
            raise BackendUnavailableError(f"ONNX Runtime cannot run here: {there.detail}", there.fix)
        can = cls.precisions(model)
        precision = next(iter(can)) if precision == AUTO else precision
        if precision not in can:
            problem = f"ONNX Runtime cannot run {model.name} in {precision} here"
            raise BackendError(problem, f"Available: {', '.join(can)}")
        provider = config.provider
        if provider == AUTO:
            provider = CPU if there.device == CPU.upper() else CUDA
        if provider == TENSORRT:
            log(
                f"ONNX Runtime's TensorRT provider compiles {model.name} at its first run, which takes up to "
                "minutes, once"
            )
        session = _session(model, precision, provider, config, batch_sizes)
        with as_model_errors(model):
            inputs = [(i.name, _TYPES.get(i.type, i.type), _sizes(i.shape)) for i in session.get_inputs()]
            outputs: list[Found] = [
                (o.name, _TYPES.get(o.type, o.type), _sizes(o.shape)) for o in session.get_outputs()
            ]
        check_interface(model, inputs, outputs)
        sizes = check_batch_sizes(model, batch_sizes, inputs)
        device = CPU.upper() if provider == CPU else gpu_name(config.device)
        lanes = {batch: _Lane(session, model, batch, provider != CPU) for batch in sizes}
        return LaneSession(cls.name, device, precision, lanes)


class _Lane:
    """The network with its arrays for one batch size."""

    def __init__(self, session: Any, model: Model, batch: int, gpu: bool) -> None:
        from onnxruntime import OrtValue

        self.inputs: Arrays = arrays(model.inputs, batch)
        answers = arrays(model.outputs, batch)
        self.outputs: Arrays = views(answers)
        self._session = session
        self._binding = session.io_binding()
        self._gpu = gpu
        self._values = {name: OrtValue.ortvalue_from_numpy(a) for name, a in (*self.inputs.items(), *answers.items())}
        for name in answers:
            self._binding.bind_ortvalue_output(name, self._values[name])
        self._bind_inputs()

    def run(self) -> None:
        try:
            if self._gpu:
                self._bind_inputs()
            self._session.run_with_iobinding(self._binding)
        except Exception as error:  # ONNX Runtime's errors have no common class
            raise named(error, "ONNX Runtime failed") from error

    def _bind_inputs(self) -> None:
        """Bind the arrays. On a processor the network reads them directly; for a GPU they are copied on every run."""
        for name in self.inputs:
            self._binding.bind_ortvalue_input(name, self._values[name])


def _session(
    model: Model, precision: str, provider: str, config: OnnxRuntimeConfig, batch_sizes: tuple[int, ...]
) -> Any:
    import onnxruntime

    if provider != CPU and (PROVIDER_NAMES[provider] not in onnxruntime.get_available_providers()):
        raise BackendUnavailableError(f"This ONNX Runtime does not have the provider {provider}", GPU_FIX)
    if provider != CPU and not gpu_name(config.device):
        raise BackendUnavailableError(f"There is no NVIDIA GPU {config.device}, or no driver for it", GPU_FIX)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = config.threads or usable_cores()
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised, too
    options.add_session_config_entry("session.force_spinning_stop", "1")  # other processes need the cores meanwhile
    sizes = tuple(sorted(set(batch_sizes)))
    wanted = provider_options(model, precision, provider, config.device, config.cache, sizes)
    graph = content(model, precision, emulate=provider == CPU)
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=wanted)
    except Exception as error:  # as above
        raise named(error, f"ONNX Runtime cannot load {model.name}") from error
    if PROVIDER_NAMES[provider] not in session.get_providers():  # ONNX Runtime falls back silently
        raise BackendUnavailableError(f"ONNX Runtime could not load its provider {provider}", GPU_FIX)
    return session


def _sizes(shape: list[Any]) -> list[int | None]:
    """Convert shapes: ONNX Runtime gives names for free axes."""
    return [n if isinstance(n, int) else None for n in shape]
