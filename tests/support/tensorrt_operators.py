"""What TensorRT's ONNX parser documents: whether a graph keeps to it, in every version that reloc supports."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import onnx
from onnx import TensorProto, helper, numpy_helper

LISTS = Path(__file__).resolve().parents[1] / "core" / "backends" / "tensorrt" / "operators.json"
_OPSETS = range(9, 21)  # of the oldest version
_RESIZE = ("half_pixel", "pytorch_half_pixel", "tf_half_pixel_for_nn", "asymmetric", "align_corners")


@functools.cache
def documented() -> dict[str, frozenset[str]]:
    """Operators by TensorRT's version."""
    lists = json.loads(LISTS.read_text(encoding="utf-8"))["lists"]
    return {version: frozenset(" ".join(told["operators"]).split()) for version, told in lists.items()}


def problems(model: onnx.ModelProto) -> list[str]:
    """What of a graph TensorRT does not document; empty if it documents all."""
    return list(_problems(model))


def _problems(model: onnx.ModelProto) -> Iterator[str]:
    graph = model.graph
    for opset in model.opset_import:
        if opset.domain in ("", "ai.onnx") and opset.version not in _OPSETS:
            yield f"opset {opset.version}"
    constants: dict[str, Any] = {w.name: numpy_helper.to_array(w) for w in graph.initializer}
    for node in graph.node:
        if node.op_type == "Constant":
            value = next(iter(node.attribute))
            constants[node.output[0]] = (
                numpy_helper.to_array(value.t) if value.name == "value" else helper.get_attribute_value(value)
            )
    bytes_in = {v.name for v in graph.input if v.type.tensor_type.elem_type == TensorProto.UINT8}
    for node in graph.node:
        told = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        if node.domain not in ("", "ai.onnx"):
            yield f"{node.op_type} of {node.domain}"
            continue
        yield from (f"{node.op_type} in TensorRT {v}" for v, known in documented().items() if node.op_type not in known)
        if node.op_type != "Cast" and bytes_in & set(node.input):
            yield f"{node.op_type} of uint8"
        if node.op_type in _RULES:
            yield from _RULES[node.op_type](node, told, constants)
        elif node.op_type.startswith("Reduce") or node.op_type in ("CumSum", "Squeeze", "Unsqueeze"):
            yield from (
                f"{node.op_type} over axes that are computed" for n in node.input[1:2] if n not in {"", *constants}
            )


def _top_k(node: onnx.NodeProto, told: dict[str, Any], constants: dict[str, Any]) -> Iterator[str]:
    if told.get("sorted", 1) != 1:
        yield "TopK that does not sort"
    if node.input[1] not in constants:
        yield "TopK of a number that is computed"
    elif int(constants[node.input[1]].reshape(-1)[0]) >= 3840:
        yield "TopK of 3840 or more"


def _max_pool(node: onnx.NodeProto, told: dict[str, Any], constants: dict[str, Any]) -> Iterator[str]:
    if len(node.output) > 1:
        yield "MaxPool with indices"
    if any(d != 1 for d in told.get("dilations", ())):
        yield "MaxPool with dilations"


def _resize(node: onnx.NodeProto, told: dict[str, Any], constants: dict[str, Any]) -> Iterator[str]:
    if told.get("mode", b"nearest") not in (b"nearest", b"linear") or told.get("antialias", 0):
        yield "Resize of another mode than nearest or linear"
    if told.get("coordinate_transformation_mode", b"half_pixel").decode() not in _RESIZE:
        yield "Resize with other coordinates"


def _scatter_nd(node: onnx.NodeProto, told: dict[str, Any], constants: dict[str, Any]) -> Iterator[str]:
    if told.get("reduction", b"none") != b"none":
        yield "ScatterND with a reduction"


_RULES: dict[str, Callable[[onnx.NodeProto, dict[str, Any], dict[str, Any]], Iterator[str]]] = {
    "TopK": _top_k,
    "MaxPool": _max_pool,
    "Resize": _resize,
    "ScatterND": _scatter_nd,
}
