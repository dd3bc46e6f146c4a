"""int8 graphs: Q/DQ nodes around convolutions and products, their scales from real inputs.

Symmetric everywhere, which is what TensorRT takes: zero points are 0, weights have one scale for each channel,
biases stay float32, and quantisation stands before the operators that profit, never between a convolution and its
ReLU. This imports onnx and ONNX Runtime: import it where a model is converted.
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
    """Quantise the float32 graph in ``path``.

    Args:
        batches: real inputs, by name: each tensor's range is the largest that is met in them.
        last: quantise the last products before the outputs, too. They are small, and their error is that of the
            answer.

    Returns:
        An ONNX file. A quantised weight is stored as int8, a quarter of the bytes.

    Raises:
        ModelConversionError: no batch, one that does not fit the graph, nothing to quantise, or ranges that are no
            numbers.
    """
    graph = onnx.load(path)
    _name_nodes(graph)
    chosen = [n.name for n in graph.graph.node if _quantisable(n, graph)]
    if not last:
        chosen = [name for name in chosen if name not in _last(graph)]
    if not chosen:
        fix = "It has no convolution or product with constant weights: ship it in float16"
        raise ModelConversionError(f"Nothing in {path} can be quantised", fix)
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
                f"Cannot quantise {path}: {why}", "Give batches of the graph's inputs"
            ) from error
        result = onnx.load(out)
    _check(result, path)
    return bytes(result.SerializeToString())


class _Reader(quantization.CalibrationDataReader):  # type: ignore[misc]  # it comes without types
    """What ONNX Runtime reads batches from, one at a time."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self._batches = batches
        self.count = 0

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        batch = next(self._batches, None)
        self.count += batch is not None
        return None if batch is None else dict(batch)


def _name_nodes(model: onnx.ModelProto) -> None:
    """Nodes are chosen by name, so each needs one of its own."""
    taken: set[str] = set()
    for i, node in enumerate(model.graph.node):
        if not node.name or node.name in taken:
            node.name = f"{node.op_type}_{i}_"
        taken.add(node.name)


def _quantisable(node: onnx.NodeProto, model: onnx.ModelProto) -> bool:
    weights = {w.name for w in model.graph.initializer if w.data_type == TensorProto.FLOAT}
    return node.op_type in _QUANTISED and node.input[1] in weights


def _last(model: onnx.ModelProto) -> set[str]:
    """Names of the convolutions and products behind which there is none."""
    before: set[str] = set()  # values that such a node is going to use
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
    """What TensorRT asks of every scale and zero point."""
    onnx.checker.check_model(model, full_check=True)
    weights = {w.name: numpy_helper.to_array(w) for w in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            scale, zero = weights[node.input[1]], weights[node.input[2]]
            if not (np.isfinite(scale) & (scale > 0)).all() or zero.any() or zero.dtype != np.int8:
                problem = f"Quantising {path} gave {node.input[0]!r} the scale {scale.ravel()[0]}"
                raise ModelConversionError(problem, "Its values are no numbers: calibrate on inputs that are")


@contextmanager
def _quiet() -> Iterator[None]:
    """ONNX Runtime's tools log and warn of what concerns nobody, or of what :func:`_check` names."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
