"""Run networks on processors with OpenVINO: bf16 if the processor has it, else int8 or float32.

Each batch size is compiled for its fixed shapes, which is faster than free ones.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reloc.backends.backend import AUTO, BF16, Arrays, Availability, Log
from reloc.backends.cache_folder import cache_folder
from reloc.backends.hardware.processor import processor
from reloc.backends.interface import Found, check_batch_sizes, check_interface
from reloc.backends.lanes import LaneSession, arrays, views
from reloc.backends.network_file import as_model_errors, content
from reloc.config import param, validate
from reloc.errors import (
    BackendError,
    BackendUnavailableError,
    ModelFormatError,
    UnsupportedOperatorError,
)
from reloc.models.model import FLOAT16, FLOAT32, INT8, Model
from reloc.threads import usable_cores

_FIX = "pip install openvino"
# Precision passed to OpenVINO: everything that is not quantized is computed in it, whatever the file's type.
_HINTS = {FLOAT32: "f32", BF16: "bf16", FLOAT16: "f16", INT8: "f32"}
_TYPES = {"u8": "uint8", "i32": "int32", "i64": "int64", "f32": "float32", "f16": "float16", "boolean": "bool"}


@dataclass(frozen=True, slots=True)
class OpenVinoConfig:
    """Parameters of the backend."""

    threads: int = param(
        0,
        "The network uses this many threads. Raising it may be faster and takes cores from others; 0 "
        "uses all cores of the process.",
        ge=0,
        le=1024,
        expert=True,
    )
    cache: str = param(
        "",
        "Compiled networks are kept in this folder, so that they open faster next time. Empty keeps none.",
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


class OpenVino:
    """See :class:`reloc.backends.backend.Backend`."""

    name = "openvino"
    Config = OpenVinoConfig

    @classmethod
    def availability(cls) -> Availability:
        """Check that OpenVINO is installed and supports this processor."""
        try:
            version = str(_openvino().__version__)
            devices = _core().available_devices
        except ModuleNotFoundError:
            return Availability(False, "the package openvino is not installed", _FIX)
        except Exception as error:  # a broken installation may raise anything
            return Availability(False, f"openvino cannot be used: {error}", f"Reinstall it: {_FIX}")
        if "CPU" not in devices:
            return Availability(False, "this OpenVINO does not run on processors", _FIX)
        return Availability(True, f"OpenVINO {version.partition('-')[0]}", device="CPU")

    @classmethod
    def precisions(cls, model: Model) -> Mapping[str, str]:
        """Return the precisions by the processor's hardware, as OpenVINO and the system report it."""
        knows = set(_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
        has, found = processor(), {}
        whole = {FLOAT16, FLOAT32} & set(model.files)
        if whole and has.bf16 and "BF16" in knows:
            found[BF16] = f"the processor has {has.bf16}"
        if INT8 in model.files and has.int8:
            found[INT8] = f"the processor has {has.int8} and the model an int8 file"
        if whole:
            found[FLOAT32] = "the processor has nothing faster" if not found else "every processor supports it"
        if whole and has.float16 and "FP16" in knows:
            found[FLOAT16] = f"the processor has {has.float16}"
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
        """Compile the network, in a second or less.

        Raises:
            BackendUnavailableError: OpenVINO is missing.
            BackendError, ModelError: as in :meth:`reloc.backends.backend.Backend.open`.
        """
        config = config or OpenVinoConfig()
        there = cls.availability()
        if not there.usable:
            raise BackendUnavailableError(f"OpenVINO cannot run here: {there.detail}", there.fix)
        can = cls.precisions(model)
        precision = next(iter(can)) if precision == AUTO else precision
        if precision not in can:
            raise BackendError(f"OpenVINO cannot run {model.name} in {precision} here", f"Available: {', '.join(can)}")
        with as_model_errors(model):
            network = _read(model, precision)
            inputs = [_found(port) for port in network.inputs]
            check_interface(model, inputs, [_found(port) for port in network.outputs])
            sizes = check_batch_sizes(model, batch_sizes, inputs)
            lanes = {batch: _Lane(network, model, batch, precision, config) for batch in sizes}
        return LaneSession(cls.name, "CPU", precision, lanes)


PLUGIN = OpenVino


class _Lane:
    """The network, compiled for one batch size. OpenVINO reads and writes reloc's arrays."""

    def __init__(self, network: Any, model: Model, batch: int, precision: str, config: OpenVinoConfig) -> None:
        options = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": _HINTS[precision],
            "INFERENCE_NUM_THREADS": config.threads or usable_cores(),
            "CACHE_DIR": str(cache_folder(config.cache)) if config.cache else "",
        }
        try:
            fixed = network.clone()
            fixed.reshape({spec.name: list(spec.at(batch)) for spec in model.inputs})
            compiled = _core().compile_model(fixed, "CPU", options)
            self._request = compiled.create_infer_request()
        except RuntimeError as error:
            raise _named(error, model) from error
        self.inputs: Arrays = arrays(model.inputs, batch)
        answers = arrays(model.outputs, batch)
        for spec in (*model.inputs, *model.outputs):
            array = self.inputs[spec.name] if spec.name in self.inputs else answers[spec.name]
            self._request.set_tensor(spec.name, _openvino().Tensor(array, shared_memory=True))
        self.outputs: Arrays = views(answers)

    def run(self) -> None:
        try:
            self._request.infer(share_inputs=True, share_outputs=True)
        except RuntimeError as error:
            raise BackendError(f"OpenVINO failed: {_brief(error)}", "Try --backend onnxruntime") from error


def _read(model: Model, precision: str) -> Any:
    graph = content(model, precision)
    try:
        return _core().read_model(graph, b"")
    except RuntimeError as error:
        raise _named(error, model) from error


@functools.cache
def _core() -> Any:
    """Return OpenVINO's core, one for the life of the process.

    With AVX-512 it gives its creating thread another stack for signals, and removes it when it is destroyed, on any
    thread. If it were destroyed on another thread, the first thread's next signal (Ctrl-C) would use freed memory and
    crash.
    """
    return _openvino().Core()


def _openvino() -> Any:
    """Import OpenVINO without its telemetry, which writes to ~/intel and reports the import to Intel."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # OpenVINO then takes its own stub
    import openvino

    return openvino


def _named(error: RuntimeError, model: Model) -> Exception:
    """Translate OpenVINO's message into an error of reloc."""
    text = str(error)
    if "OpConversionFailure" in text or "unsupported operation" in text.lower():
        lacks = re.search(r"No conversion rule found for operations: (.+)", text)
        what = lacks[1].strip() if lacks else _brief(error)
        fix = "Try another backend: --backend onnxruntime; or export the network without this operator"
        return UnsupportedOperatorError(f"OpenVINO has no operator {what}, which {model.name} uses", fix)
    if "Unable to read the model" in text or "parse" in text.lower():
        return ModelFormatError(f"{model.path} holds no readable ONNX file", "Copy or export the model again")
    return BackendError(f"OpenVINO cannot compile {model.name}: {_brief(error)}", "Try --backend onnxruntime")


def _brief(error: Exception) -> str:
    """Return the line that says what happened: OpenVINO puts its own source files before it."""
    lines = [line.strip() for line in str(error).splitlines()]
    kept = [line for line in lines if line and not re.match(r"(Exception from|Check '.*' failed at) \S+", line)]
    return " ".join(kept)[:300] or str(error)[:300]


def _found(port: Any) -> Found:
    kind = port.get_element_type().to_string()
    shape = [None if d.is_dynamic else d.get_length() for d in port.get_partial_shape()]
    return port.get_any_name(), _TYPES.get(kind, kind), shape
