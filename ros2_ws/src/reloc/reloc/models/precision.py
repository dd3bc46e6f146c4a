"""Convert float32 graphs to float16 graphs, and back.

TensorRT 11 has no precision flags: it computes each layer in the graph's type. So the file itself is float16, and also
runs in TensorRT 10. This imports onnx: import it only where a model is converted.
"""

from __future__ import annotations

from collections.abc import Collection

import onnx
from onnx import TensorProto, numpy_helper

from reloc.errors import ModelConversionError
from reloc.models.half_precision import Halving

# Sums of many squares or of exponentials: they exceed float16's range (65504) or lose precision.
KEEP_FLOAT32 = frozenset({
    "Exp", "InstanceNormalization", "LRN", "LayerNormalization", "Log", "LogSoftmax", "LpNormalization",
    "MeanVarianceNormalization", "Pow", "ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp", "ReduceMean",
    "ReduceSum", "ReduceSumSquare", "Softmax",
})  # fmt: skip
_TYPE_ATTRIBUTES = ("to", "dtype", "output_dtype", "output_datatype")  # attributes that name an element type


def to_float16(model: onnx.ModelProto, keep: Collection[str] = KEEP_FLOAT32) -> onnx.ModelProto:
    """Return the same graph with float16 weights and arithmetic; ``model`` does not change.

    Inputs and outputs of the graph keep their types. These parts stay float32: operators and nodes named in ``keep``,
    whatever ONNX does not allow in float16, and constants that float16 cannot hold. Such constants are above 65504, or
    small, like the 1e-12 that guards a division. Casts are inserted in between, so that the graph's types are exact
    everywhere, as TensorRT's strong typing requires.

    Raises:
        ModelConversionError: the graph has control flow or a tensor of unknown type, or a name in ``keep`` is neither a
            node of the graph nor an operator.
    """
    return Halving(model, frozenset(keep)).result()


def to_float32(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the same graph with float32 for float16 everywhere, also in inputs and outputs; ``model`` does not change.

    Every float16 number is a float32 number, so the weights are exactly those of ``model``; only the arithmetic is
    finer. It is for processors that are slow in float16, and the reference of `reloc models verify`.

    Raises:
        ModelConversionError: a float16 value is in an unsupported place (a sparse constant).
    """
    twin = onnx.ModelProto()
    twin.CopyFrom(model)
    _widen_graph(twin.graph)
    for function in twin.functions:
        _widen_nodes(function.node)
    return twin


def _widen_graph(graph: onnx.GraphProto) -> None:
    for tensor in graph.initializer:
        _widen_tensor(tensor)
    if any(sparse.values.data_type == TensorProto.FLOAT16 for sparse in graph.sparse_initializer):
        raise ModelConversionError(f"Graph {graph.name!r} has sparse float16 weights", "Export it with dense weights")
    for value in (*graph.input, *graph.output, *graph.value_info):
        _widen_type(value.type)
    _widen_nodes(graph.node)


def _widen_nodes(nodes: Collection[onnx.NodeProto]) -> None:
    for node in nodes:
        for attribute in node.attribute:
            if attribute.name in _TYPE_ATTRIBUTES and attribute.i == TensorProto.FLOAT16:
                attribute.i = TensorProto.FLOAT
            if attribute.HasField("t"):
                _widen_tensor(attribute.t)
            for tensor in attribute.tensors:
                _widen_tensor(tensor)
            for graph in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                _widen_graph(graph)


def _widen_tensor(tensor: onnx.TensorProto) -> None:
    if tensor.data_type == TensorProto.FLOAT16:
        tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor).astype("float32"), tensor.name))


def _widen_type(kind: onnx.TypeProto) -> None:
    """Yield types of tensors, also in sequences and optionals."""
    for field in ("sequence_type", "optional_type"):
        if kind.HasField(field):
            _widen_type(getattr(kind, field).elem_type)
    if kind.HasField("tensor_type") and kind.tensor_type.elem_type == TensorProto.FLOAT16:
        kind.tensor_type.elem_type = TensorProto.FLOAT
