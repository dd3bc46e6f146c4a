"""Emulate a float16 graph on processors without float16, with a GPU's answers.

This imports onnx: import it only where a model is converted.
"""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper, shape_inference

from reloc.models.precision import to_float32


def rounded(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the float32 twin of a float16 graph that rounds each value to float16 wherever ``model`` does.

    Values too large for float16 become infinite, as there. It is for checking a float16 graph, not for speed. ONNX
    Runtime itself computes ``model`` in float32 on most processors, without a message.

    Raises:
        ModelConversionError: as :func:`reloc.models.precision.to_float32`.
    """
    inferred = shape_inference.infer_shapes(model, strict_mode=True).graph
    values = (*inferred.value_info, *inferred.output)
    half = {v.name for v in values if v.type.tensor_type.elem_type == TensorProto.FLOAT16}
    twin = to_float32(model)
    nodes = []
    for node in twin.graph.node:
        nodes.append(node)
        for i, name in enumerate(node.output):
            if name in half:
                node.output[i] = f"{name}_exact"
                nodes += [
                    helper.make_node("Cast", [f"{name}_exact"], [f"{name}_rounded"], to=TensorProto.FLOAT16),
                    helper.make_node("Cast", [f"{name}_rounded"], [name], to=TensorProto.FLOAT),
                ]
    del twin.graph.node[:]
    twin.graph.node.extend(nodes)
    return twin
