"""Make int8 graphs: Q/DQ nodes around convolutions and products, with scales from real inputs.

Everything is symmetric, as TensorRT needs: zero points are 0, weights have one scale per channel, and biases stay
float32. Weights use 7 of 8 bits, because a processor without VNNI adds two products in 16 bits, where larger ones
saturate. Quantization comes before the operators that profit, never between a convolution and its ReLU. This imports
onnx and ONNX Runtime: import it only where a model is converted.
"""

from __future__ import annotations

import logging
import tempfile
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper
from onnxruntime import quantization
from onnxruntime.capi.onnxruntime_pybind11_state import Fail, InvalidArgument, RuntimeException

from reloc.errors import ModelConversionError

Batch = Mapping[str, NDArray[Any]]  # by name of the input

_QUANTISED = ("Conv", "Gemm", "MatMul")
_OPTIONS = {
    "ActivationSymmetric": True,
    "WeightSymmetric": True,
    "QuantizeBias": False,  # TensorRT reads no int32 biases
    "OpTypesToExcludeOutputQuantization": list(_QUANTISED),
    "MatMulConstBOnly": True,
}


def to_int8(path: Path, batches: Iterable[Batch], *, last: bool = False) -> bytes:
    """Quantize the float32 graph in ``path``.

    Args:
        batches: real inputs, by name: each tensor's range is the largest in them.
        last: also quantize the last products before the outputs. They are small, and their error goes straight into the
            answer.

    Returns:
        An ONNX file. A quantized weight is stored as int8, a quarter of the bytes.

    Raises:
        ModelConversionError: there is no batch, or one that does not match the graph, nothing to quantize, or a range
            is NaN.
    """
    graph = onnx.load(path)
    _name_nodes(graph)
    chosen = [n.name for n in graph.graph.node if _quantisable(n, graph)]
    if not last:
        chosen = [name for name in chosen if name not in _last(graph)]
    if not chosen:
        fix = "It has no convolution or product with constant weights: use float16"
        raise ModelConversionError(f"Nothing in {path} can be quantized", fix)
    reader = _Reader(iter(batches))
    with tempfile.TemporaryDirectory(prefix="reloc-int8-") as folder, _quiet():
        prepared, out = Path(folder) / "prepared.onnx", Path(folder) / "int8.onnx"
        try:
            # Marks the file as prepared, and gives every tensor a shape.
            quantization.quant_pre_process(graph, prepared, skip_optimization=True, skip_symbolic_shape=True)
            quantization.quantize_static(
                prepared,
                out,
                reader,
                per_channel=True,
                reduce_range=True,
                activation_type=quantization.QuantType.QInt8,
                weight_type=quantization.QuantType.QInt8,
                nodes_to_quantize=chosen,
                op_types_to_quantize=list(_QUANTISED),
                extra_options=_OPTIONS,
            )
        except (AssertionError, ValueError, KeyError, InvalidArgument, Fail, RuntimeException) as error:
            why = " ".join(str(error).split())[:300]
            if not reader.count:
                why = "there is no batch to calibrate on"
            raise ModelConversionError(
                f"Cannot quantize {path}: {why}", "Give batches of the graph's inputs"
            ) from error
        result = onnx.load(out)
    _check(result, path)
    return bytes(result.SerializeToString())


class _Reader(quantization.CalibrationDataReader):  # type: ignore[misc]  # it comes without types
    """The interface from which ONNX Runtime reads batches, one at a time."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self.count = 0

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        batch = next(self._batches, None)
        self.count += batch is not None
        return None if batch is None else dict(batch)


def _name_nodes(model: onnx.ModelProto) -> None:
    """Give each node a name of its own, because nodes are chosen by name."""
    taken: set[str] = set()
    for i, node in enumerate(model.graph.node):
        if not node.name or node.name in taken:
            node.name = f"{node.op_type}_{i}_"
        taken.add(node.name)


def _quantisable(node: onnx.NodeProto, model: onnx.ModelProto) -> bool:
    weights = {w.name for w in model.graph.initializer if w.data_type == TensorProto.FLOAT}
    return node.op_type in _QUANTISED and node.input[1] in weights


def _last(model: onnx.ModelProto) -> set[str]:
    """Return the names of the last convolutions and products."""
    before: set[str] = set()  # values that a later such node uses
    names = set()
    for node in reversed(model.graph.node):
        product = node.op_type in _QUANTISED
        used = any(name in before for name in node.output)
        if product and not used:
            names.add(node.name)
        if product or used:
            before.update(node.input)
    return names


def _check(model: onnx.ModelProto, path: Path) -> None:
    """Check TensorRT's requirements for every scale and zero point."""
    onnx.checker.check_model(model, full_check=True)
    weights = {w.name: numpy_helper.to_array(w) for w in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            scale, zero = weights[node.input[1]], weights[node.input[2]]
            if not (np.isfinite(scale) & (scale > 0)).all() or zero.any() or zero.dtype != np.int8:
                problem = f"Quantizing {path} gave {node.input[0]!r} the scale {scale.ravel()[0]}"
                raise ModelConversionError(problem, "Its values are not finite: calibrate on valid inputs")


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence log lines and warnings of ONNX Runtime's tools; :func:`_check` reports what matters."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
