"""Find which inputs and outputs of an ONNX operator may be float16, from ONNX's own schemas."""

from __future__ import annotations

from typing import Any

import onnx
from onnx import defs

_HALF = "tensor(float16)"


def slots_without_float16(node: onnx.NodeProto, opset: int) -> tuple[set[int], set[int]]:
    """Return the indices of a standard node's inputs and outputs that do not take float16.

    Args:
        opset: the graph's version of ONNX's own operators.
    """
    schema = defs.get_schema(node.op_type, opset, "")
    return _without(schema.inputs, len(node.input)), _without(schema.outputs, len(node.output))


def _without(parameters: Any, count: int) -> set[int]:
    """Handle a variadic last parameter, which stands for all that follow."""
    parameters = list(parameters)
    of_slot = [parameters[min(i, len(parameters) - 1)] for i in range(count)]
    return {i for i, parameter in enumerate(of_slot) if _HALF not in parameter.types}
