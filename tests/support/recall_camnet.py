"""A CamNet without training: three ONNX graphs that know the tiny world by heart, as :mod:`support.recall_pair` does.

Features are thumbnails, the descriptor one of them at unit length. A regressor looks the reference's pose up, exactly,
and recalls the query's, then says the one in the frame of the other. Of a query that is like no reference each
reference says something else, by metres, as a network that was never there would.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from reloc.geometry.transforms import quaternion_from_rotation
from reloc.models.tensor import TensorSpec
from reloc.models.writing import write_model
from support.made_once import arrays_made_once
from support.recall_network import views
from support.recall_pair import FAMILIAR, LOOKUP, RIDGE, SHARPNESS, SIDE, TARGET, _by_inverse, _unit, thumbnails
from support.tiny_world import reference_poses

CELL, ACROSS = 8, 16  # pixels of a thumbnail's cell, and cells
LENGTH = 3 * ACROSS**2
SCALES = {
    "position_scale": 1.5, "rotation_scale": 1.5, "max_sigma_m": 0.4, "max_sigma_deg": 15.0, "floor_m": 0.03,
    "floor_deg": 1.5, "min_similarity": 0.25,
}  # fmt: skip


def write(
    folder: Path,
    name: str = "recall-camnet",
    *,
    family: str = "recalled",
    broken: Mapping[str, float] | None = None,
    uncertainty: Mapping[str, Any] | None = None,
) -> str:
    """The models ``folder/NAME-encoder``, ``-coarse`` and ``-fine``; gives what localizers are told: folder/NAME.

    Args:
        broken: poses of that regressor, "coarse" or "fine", are times this number (NaN, say).
        uncertainty: replaces parts of the calibration.
    """
    common: dict[str, Any] = {
        "camera": TARGET.to_dict(), "world": None, "card_markdown": "# The tiny world, by heart\n",
    }  # fmt: skip
    features = [TensorSpec(key, "float32", (None, LENGTH)) for key in ("descriptor", "coarse", "fine")]
    write_model(
        folder / f"{name}-encoder", name=f"{name}-encoder", kind="camnet_encoder",
        onnx_files={"float32": _encoder().SerializeToString()},
        inputs=[TensorSpec("image", "uint8", (None, SIDE, SIDE, 3))], outputs=features,
        metadata={"family": family, "uncertainty": {**SCALES, **(uncertainty or {})}}, **common,
    )  # fmt: skip
    for which in ("coarse", "fine"):
        write_model(
            folder / f"{name}-{which}", name=f"{name}-{which}", kind=f"camnet_{which}",
            onnx_files={"float32": _regressor((broken or {}).get(which, 1.0)).SerializeToString()},
            inputs=[TensorSpec(who, "float32", (None, LENGTH)) for who in ("reference", "query")],
            outputs=[TensorSpec("pose", "float32", (None, 7))], metadata={"family": family}, **common,
        )  # fmt: skip
    return str(folder / name)


@functools.cache
def _learned() -> dict[str, NDArray[np.float32]]:
    return arrays_made_once("recall-camnet", _learn)


def _learn() -> dict[str, NDArray[np.float32]]:
    poses, references = views(), reference_poses()
    small = thumbnails(poses, 32)
    known = _unit(small, small.mean(axis=0))
    quaternions = np.array([quaternion_from_rotation(p[:3, :3]) for p in poses])
    quaternions *= np.where(quaternions @ quaternions[0] < 0, -1, 1)[:, None]
    targets = np.column_stack([[p[:3, 3] for p in poses], quaternions])
    middle = targets.mean(axis=0)
    kernel = np.exp(SHARPNESS * (known @ known.T - 1.0))
    memory = np.linalg.solve(kernel + RIDGE * np.eye(len(poses)), targets - middle)
    large = thumbnails(references, CELL)
    rng = np.random.default_rng(1)
    # Per reference: its centre off the middle (3), R' (9), the matrix (16) that makes a quaternion relative to it, and
    # what it says of strangers (7).
    rows = [
        np.concatenate(
            [p[:3, 3] - middle[:3], p[:3, :3].T.ravel(), _by_inverse(quaternion_from_rotation(p[:3, :3])).ravel(),
             rng.normal(size=7) * 60.0]
        )
        for p in references
    ]  # fmt: skip
    values = {
        "mean": small.mean(axis=0), "known": known.T * SHARPNESS, "memory": memory, "middle": middle[3:],
        "large mean": large.mean(axis=0), "references": _unit(large, large.mean(axis=0)).T, "table": np.array(rows),
    }  # fmt: skip
    return {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in values.items()}


def _unit_nodes(what: str, mean: str, out: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("Sub", [what, mean], [f"{out} off"]),
        helper.make_node("ReduceL2", [f"{out} off", "one"], [f"{out} length"], keepdims=1),
        helper.make_node("Add", [f"{out} length", "tiny"], [f"{out} some length"]),
        helper.make_node("Div", [f"{out} off", f"{out} some length"], [out]),
    ]


def _constants() -> dict[str, NDArray[Any]]:
    return {"one": np.array([1], np.int64), "flat": np.array([0, -1], np.int64), "tiny": np.array(1e-6, np.float32)}


def _encoder() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Cast", ["image"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["real"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["nchw"], ["thumb"], kernel_shape=[CELL, CELL], strides=[CELL, CELL]),
        helper.make_node("Reshape", ["thumb", "flat"], ["coarse"]),
        helper.make_node("Identity", ["coarse"], ["fine"]),
        *_unit_nodes("coarse", "large mean", "descriptor"),
    ]
    inputs = [helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", SIDE, SIDE, 3])]
    constants = {**_constants(), "large mean": _learned()["large mean"]}
    return _model(nodes, inputs, {"descriptor": LENGTH, "coarse": LENGTH, "fine": LENGTH}, constants)


def _regressor(times: float) -> onnx.ModelProto:
    constants: dict[str, NDArray[Any]] = {
        **_constants(), **_learned(),
        "columns": np.array([3, 9, 16, 7], np.int64), "parts": np.array([3, 4], np.int64),
        "image": np.array([0, 3, ACROSS, ACROSS], np.int64), "square3": np.array([0, 3, 3], np.int64),
        "square4": np.array([0, 4, 4], np.int64), "column": np.array([0, -1, 1], np.int64),
        "sharpness": np.array(SHARPNESS, np.float32), "lookup": np.array(10 * LOOKUP, np.float32),
        "familiar": np.array(FAMILIAR, np.float32), "times": np.array(times, np.float32),
    }  # fmt: skip
    nodes = [
        *_unit_nodes("reference", "large mean", "reference unit"),
        helper.make_node("MatMul", ["reference unit", "references"], ["cosines"]),
        helper.make_node("Mul", ["cosines", "lookup"], ["sharp"]),
        helper.make_node("Softmax", ["sharp"], ["which"], axis=1),
        helper.make_node("MatMul", ["which", "table"], ["row"]),
        helper.make_node("Split", ["row", "columns"], ["ref at", "ref turn", "ref by inverse", "of strangers"], axis=1),
        helper.make_node("Reshape", ["ref turn", "square3"], ["ref_from_world"]),
        helper.make_node("Reshape", ["ref by inverse", "square4"], ["by inverse"]),
        *_unit_nodes("query", "large mean", "query unit"),
        helper.make_node("MatMul", ["query unit", "references"], ["query cosines"]),
        helper.make_node("ReduceMax", ["query cosines", "one"], ["most like"], keepdims=1),
        helper.make_node("Sub", ["familiar", "most like"], ["missing"]),
        helper.make_node("Relu", ["missing"], ["strange"]),
        helper.make_node("Mul", ["strange", "of strangers"], ["scattered"]),
        helper.make_node("Reshape", ["query", "image"], ["cells"]),
        helper.make_node("AveragePool", ["cells"], ["thumb"], kernel_shape=[4, 4], strides=[4, 4]),
        helper.make_node("Reshape", ["thumb", "flat"], ["thumb flat"]),
        *_unit_nodes("thumb flat", "mean", "thumb unit"),
        helper.make_node("MatMul", ["thumb unit", "known"], ["alike"]),
        helper.make_node("Sub", ["alike", "sharpness"], ["less alike"]),
        helper.make_node("Exp", ["less alike"], ["kernel"]),
        helper.make_node("MatMul", ["kernel", "memory"], ["recalled"]),
        helper.make_node("Add", ["recalled", "scattered"], ["off the middle"]),
        helper.make_node("Split", ["off the middle", "parts"], ["query at", "query turn"], axis=1),
        helper.make_node("Sub", ["query at", "ref at"], ["way in world"]),
        helper.make_node("Reshape", ["way in world", "column"], ["way in world column"]),
        helper.make_node("MatMul", ["ref_from_world", "way in world column"], ["way column"]),
        helper.make_node("Reshape", ["way column", "flat"], ["way"]),
        helper.make_node("Add", ["query turn", "middle"], ["world quaternion"]),
        helper.make_node("Reshape", ["world quaternion", "column"], ["world quaternion column"]),
        helper.make_node("MatMul", ["by inverse", "world quaternion column"], ["relative column"]),
        helper.make_node("Reshape", ["relative column", "flat"], ["relative"]),
        helper.make_node("LpNormalization", ["relative"], ["rotation"], axis=1, p=2),
        helper.make_node("Concat", ["way", "rotation"], ["whole"], axis=1),
        helper.make_node("Mul", ["whole", "times"], ["pose"]),
    ]
    inputs = [
        helper.make_tensor_value_info(who, TensorProto.FLOAT, ["batch", LENGTH]) for who in ("reference", "query")
    ]
    return _model(nodes, inputs, {"pose": 7}, constants)


def _model(
    nodes: list[onnx.NodeProto], inputs: list[Any], outputs: Mapping[str, int], constants: Mapping[str, Any]
) -> onnx.ModelProto:
    given = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", size]) for n, size in outputs.items()]
    initial = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "recall", inputs, given, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model
