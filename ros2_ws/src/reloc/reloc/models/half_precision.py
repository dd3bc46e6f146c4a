"""The work of :func:`reloc.models.precision.to_float16`: assign a type to each value, and cast between types."""

from __future__ import annotations

import numpy as np
import onnx
from onnx import TensorProto, defs, helper, inliner, numpy_helper, shape_inference

from reloc.errors import ModelConversionError
from reloc.models.float16_slots import slots_without_float16

_HALF, _FLOAT = TensorProto.FLOAT16, TensorProto.FLOAT
_LARGEST = float(np.finfo(np.float16).max)
_ONNX = ("", "ai.onnx")  # two names of the same domain
# Their outputs are float32 by an attribute or by default, for any input.
_MAKES_FLOAT32 = frozenset({
    "Bernoulli", "BlackmanWindow", "Constant", "ConstantOfShape", "EyeLike", "HammingWindow", "HannWindow",
    "MelWeightMatrix", "Multinomial", "RandomNormal", "RandomNormalLike", "RandomUniform", "RandomUniformLike",
})  # fmt: skip


class Halving:
    """One conversion. Values keep their names; a twin in the other type is ``NAME_float16`` or ``NAME_float32``.

    Raises:
        ModelConversionError: as :func:`reloc.models.precision.to_float16` says.
    """

    def __init__(self, model: onnx.ModelProto, keep: frozenset[str]) -> None:
        self._model = inliner.inline_local_functions(model)
        graph = self._graph = self._model.graph
        self._keep = keep
        self._refuse()
        self._constants_to_weights()
        self._drop_defaults()
        self._opset = {o.domain: o.version for o in self._model.opset_import}
        self._weights = {w.name: numpy_helper.to_array(w) for w in graph.initializer if w.data_type == _FLOAT}
        self._other = [w for w in graph.initializer if w.data_type != _FLOAT]
        self._types = self._infer_types()
        self._made: dict[str, int] = {v.name: _FLOAT for v in graph.input}  # float values so far: their type now
        self._casts: set[str] = set()
        self._kept_weights: dict[str, np.ndarray] = {}
        self._nodes: list[onnx.NodeProto] = []
        self._names = set(self._types) | set(self._weights) | {w.name for w in self._other}

    def result(self) -> onnx.ModelProto:
        """Return the converted model, checked."""
        graph = self._graph
        for node in graph.node:
            self._convert(node)
        self._restore_outputs()
        del graph.node[:], graph.initializer[:], graph.value_info[:]
        graph.node.extend(self._nodes)
        graph.initializer.extend(self._other)
        graph.initializer.extend(numpy_helper.from_array(w, name) for name, w in self._kept_weights.items())
        try:
            onnx.checker.check_model(self._model, full_check=True)
        except (onnx.checker.ValidationError, shape_inference.InferenceError) as error:
            fix = "Name the node or its operator in `keep`, so that it stays float32"
            raise ModelConversionError(f"The float16 graph is not valid: {error}", fix) from error
        return self._model

    def _refuse(self) -> None:
        known = {name for node in self._graph.node for name in (node.name, node.op_type)}
        known |= {schema.name for schema in defs.get_all_schemas()}
        if unknown := sorted(self._keep - known):
            raise ModelConversionError(f"No node or operator is named {unknown[0]!r}", "Correct `keep`")
        for node in self._graph.node:
            if any(a.HasField("g") or a.graphs for a in node.attribute):
                problem = f"Node {node.name or node.op_type!r} ({node.op_type}) contains graphs of its own"
                raise ModelConversionError(problem, "Export the network without control flow, or ship it in float32")

    def _infer_types(self) -> dict[str, int]:
        try:
            graph = shape_inference.infer_shapes(self._model, strict_mode=True).graph
        except shape_inference.InferenceError as error:
            raise ModelConversionError(
                f"The graph's types do not match: {error}", "Export the network again"
            ) from error
        types = {v.name: v.type.tensor_type.elem_type for v in (*graph.input, *graph.output, *graph.value_info)}
        for node in graph.node:
            for name in node.output:
                if name and not types.get(name):
                    raise ModelConversionError(
                        f"The type of {name!r}, which {node.op_type} gives, is unknown", "Ship the network in float32"
                    )
        return types

    def _drop_defaults(self) -> None:
        """Return the inputs without weights, which older files list among them."""
        weights = {w.name for w in self._graph.initializer}
        inputs = [value for value in self._graph.input if value.name not in weights]
        del self._graph.input[:]
        self._graph.input.extend(inputs)

    def _constants_to_weights(self) -> None:
        """Turn Constant nodes into weights, which are available in both types, each rounded from the original."""
        kept = []
        for node in self._graph.node:
            names = {a.name for a in node.attribute}
            if node.op_type == "Constant" and node.domain in _ONNX and names <= {"value", "value_float"}:
                (attribute,) = node.attribute
                array = numpy_helper.to_array(attribute.t) if attribute.name == "value" else np.float32(attribute.f)
                self._graph.initializer.append(numpy_helper.from_array(np.asarray(array), node.output[0]))
            else:
                kept.append(node)
        del self._graph.node[:]
        self._graph.node.extend(kept)

    def _convert(self, node: onnx.NodeProto) -> None:
        fixed_in, fixed_out = self._float32_slots(node)
        new = onnx.NodeProto()
        new.CopyFrom(node)
        for i, name in enumerate(node.input):
            if self._is_float(name):
                new.input[i] = self._in_type(name, _FLOAT if i in fixed_in else _HALF)
        half = False
        for i, name in enumerate(node.output):
            if name and self._types[name] == _FLOAT:
                self._made[name] = _FLOAT if i in fixed_out else _HALF
                half |= self._made[name] == _HALF
        if half:
            _say_half(new)
        self._nodes.append(new)

    def _float32_slots(self, node: onnx.NodeProto) -> tuple[set[int], set[int]]:
        """Return the inputs and outputs of a node that must be float32, by index."""
        everything = set(range(len(node.input))), set(range(len(node.output)))
        if {node.op_type, node.name} & self._keep or any(self._too_wide(name) for name in node.input):
            return everything
        if node.domain not in _ONNX or node.op_type in _MAKES_FLOAT32:
            return everything
        version = self._opset.get("", self._opset.get("ai.onnx", 1))
        return slots_without_float16(node, version)

    def _too_wide(self, name: str) -> bool:
        """Return whether a weight loses its meaning in float16."""
        weight = self._weights.get(name)
        if weight is None or not weight.size:
            return False
        size = np.abs(weight[np.isfinite(weight)])
        if (size > _LARGEST).any():
            return True
        return bool(size.any()) and not size.astype(np.float16).any()

    def _is_float(self, name: str) -> bool:
        return bool(name) and (name in self._weights or self._types.get(name) == _FLOAT)

    def _in_type(self, name: str, wanted: int) -> str:
        """Return the name of a float value in a type."""
        if name in self._weights:
            twin = name if wanted == _FLOAT else self._twin(name, wanted)
            self._kept_weights[twin] = self._weights[name].astype(np.float32 if wanted == _FLOAT else np.float16)
            return twin
        if self._made[name] == wanted:
            return name
        twin = self._twin(name, wanted)
        if twin not in self._casts:
            self._casts.add(twin)
            self._nodes.append(helper.make_node("Cast", [name], [twin], name=twin, to=wanted))
        return twin

    def _twin(self, name: str, wanted: int) -> str:
        twin = f"{name}_{'float32' if wanted == _FLOAT else 'float16'}"
        while twin in self._names:
            twin += "_"
        return twin

    def _restore_outputs(self) -> None:
        """Convert the graph's outputs to float32 under their own names; inside, the float16 value has another name."""
        for name in [output.name for output in self._graph.output]:
            if name in self._weights:
                self._kept_weights[name] = self._weights[name]
            elif self._made.get(name) == _HALF:
                inner = self._twin(name, _HALF)
                _rename(self._nodes, name, inner)
                self._nodes.append(helper.make_node("Cast", [inner], [name], name=f"{name}_cast", to=_FLOAT))


def _rename(nodes: list[onnx.NodeProto], old: str, new: str) -> None:
    for node in nodes:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == old:
                    names[i] = new


def _say_half(node: onnx.NodeProto) -> None:
    """Return the output type of a Cast."""
    for attribute in node.attribute:
        if attribute.name == "to" and attribute.i == _FLOAT:
            attribute.i = _HALF
