"""An ExReNet without training: two ONNX graphs that compare images of the tiny world by remembering it.

The encoder's features are thumbnails. The head looks the reference's pose up, exactly, since it knows all of them, and
regresses the query's as :mod:`support.recall_network` does, each sample with a third of the memory dropped; then it
says the one in the frame of the other. A query that is like no reference scatters its samples by metres, as a network
that knows its limits would. So every relative pose is right to a decimetre, and the answers of several pairs agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from reloc.datatypes import Float64
from reloc.geometry.transforms import quaternion_from_rotation
from reloc.models.tensor import TensorSpec
from reloc.models.writing import write_model
from reloc.preprocessing import Preprocess
from support.made_once import arrays_made_once
from support.recall_network import views
from support.tiny_world import CAMERA, reference_poses, render

SIDE = 128
TARGET = CAMERA.scaled(SIDE, SIDE)  # the whole view, squeezed into a square
SAMPLES = 24
SHARPNESS, RIDGE = 2.0, 0.1  # as in recall_network
LOOKUP = 30.0  # of the softmax over references
FAMILIAR = 0.2  # cosine to the reference most like it, below which samples scatter
FEATURES = {"coarse": (3, 8, 8), "fine": (3, 32, 32)}
ANSWERS = {
    "direction": (3,), "rotation": (4,), "scale": (),
    "direction_samples": (SAMPLES, 3), "rotation_samples": (SAMPLES, 4), "scale_samples": (SAMPLES,),
}  # fmt: skip
SCALES = {"position_scale": 2.0, "rotation_scale": 1.2, "max_sigma_m": 0.4, "max_sigma_deg": 15.0}


def write(
    folder: Path,
    name: str = "recall",
    *,
    pair: str = "recalled",
    broken: Mapping[str, float] | None = None,
    uncertainty: Mapping[str, Any] | None = None,
) -> str:
    """The two models ``folder/NAME-encoder`` and ``folder/NAME-head``; gives what localizers are told: folder/NAME.

    Args:
        pair: what says that they belong together.
        broken: outputs of the head that are times this number (NaN, say).
        uncertainty: replaces the calibration.
    """
    features = [TensorSpec(key, "float32", (None, *shape)) for key, shape in FEATURES.items()]
    common: dict[str, Any] = {
        "camera": TARGET.to_dict(),
        "world": None,
        "card_markdown": "# The tiny world, by heart\n",
    }
    write_model(
        folder / f"{name}-encoder", name=f"{name}-encoder", kind="exrenet_encoder",
        onnx_files={"float32": _encoder().SerializeToString()},
        inputs=[TensorSpec("image", "uint8", (None, SIDE, SIDE, 3))], outputs=features,
        metadata={"pair": pair}, **common,
    )  # fmt: skip
    write_model(
        folder / f"{name}-head", name=f"{name}-head", kind="exrenet_head",
        onnx_files={"float32": _head(arrays_made_once("recall-pair", _learn), broken or {}).SerializeToString()},
        inputs=[TensorSpec(p + s.name, s.dtype, s.shape) for p in ("reference_", "query_") for s in features],
        outputs=[TensorSpec(key, "float32", (None, *shape)) for key, shape in ANSWERS.items()],
        metadata={"pair": pair, "uncertainty": {"regressed": {**SCALES, **(uncertainty or {})}}}, **common,
    )  # fmt: skip
    return str(folder / name)


def thumbnails(poses: list[Float64], cell: int) -> NDArray[np.float32]:
    """(N, F) means over cells of what TARGET sees, in the graph's order, grey levels."""
    preprocess, n = Preprocess(TARGET), SIDE // cell
    images = np.zeros((len(poses), SIDE, SIDE, 3), np.uint8)
    for pose, item in zip(poses, images, strict=True):
        preprocess.into(render(pose, TARGET)[0], TARGET, item)
    means = images.astype(np.float32).reshape(-1, n, cell, n, cell, 3).mean(axis=(2, 4))
    return np.ascontiguousarray(means.transpose(0, 3, 1, 2).reshape(len(poses), -1))


def _unit(values: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    off = values - mean
    return off / np.linalg.norm(off, axis=1, keepdims=True)


def _learn() -> dict[str, NDArray[np.float32]]:
    poses, references = views(), reference_poses()
    coarse = thumbnails(poses, 32)
    mean = coarse.mean(axis=0)
    known = _unit(coarse, mean)
    quaternions = np.array([quaternion_from_rotation(p[:3, :3]) for p in poses])
    quaternions *= np.where(quaternions @ quaternions[0] < 0, -1, 1)[:, None]
    targets = np.column_stack([[p[:3, 3] for p in poses], quaternions])
    middle = targets.mean(axis=0)
    kernel = np.exp(SHARPNESS * (known @ known.T - 1.0))
    rng, memory = np.random.default_rng(1), np.zeros((len(poses), SAMPLES, 7))
    for sample in range(SAMPLES):
        kept = np.flatnonzero(rng.random(len(poses)) > 1 / 3)
        memory[kept, sample] = np.linalg.solve(
            kernel[np.ix_(kept, kept)] + RIDGE * np.eye(len(kept)), targets[kept] - middle
        )
    fine = thumbnails(references, 8)
    fine_mean = fine.mean(axis=0)
    plain = thumbnails(references, 16)
    # Per reference: its centre off the middle (3), R' (9), and the matrix (16) that makes a quaternion relative to it.
    rows = [
        np.concatenate(
            [p[:3, 3] - middle[:3], p[:3, :3].T.ravel(), _by_inverse(quaternion_from_rotation(p[:3, :3])).ravel()]
        )
        for p in references
    ]
    values = {
        "mean": mean, "known": known.T * SHARPNESS, "memory": memory.reshape(len(poses), -1), "middle": middle[3:],
        "fine_mean": fine_mean, "references": _unit(fine, fine_mean).T, "table": np.array(rows),
        "coarse_mean": plain.mean(axis=0), "coarse_references": _unit(plain, plain.mean(axis=0)).T,
        "scatter": rng.normal(size=(1, SAMPLES, 7)) * 20.0,
    }  # fmt: skip
    return {name: np.ascontiguousarray(value, dtype=np.float32) for name, value in values.items()}


def _by_inverse(q: Float64) -> Float64:
    """(4, 4) M with M @ p = q^-1 p for quaternions xyzw."""
    x, y, z, w = -q[0], -q[1], -q[2], q[3]
    return np.array([[w, -z, y, x], [z, w, -x, y], [-y, x, w, z], [-x, -y, -z, w]])


def _encoder() -> onnx.ModelProto:
    nodes = [
        helper.make_node("Cast", ["image"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["real"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["nchw"], ["coarse"], kernel_shape=[16, 16], strides=[16, 16]),
        helper.make_node("AveragePool", ["nchw"], ["fine"], kernel_shape=[4, 4], strides=[4, 4]),
    ]
    inputs = [helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", SIDE, SIDE, 3])]
    return _model(nodes, inputs, FEATURES, {})


def _head(weights: Mapping[str, NDArray[np.float32]], broken: Mapping[str, float]) -> onnx.ModelProto:
    constants: dict[str, NDArray[Any]] = {
        **weights,
        "one": np.array([1], np.int64), "two": np.array([2], np.int64), "last": np.array([-1], np.int64),
        "flat": np.array([0, -1], np.int64), "samples": np.array([0, SAMPLES, 7], np.int64),
        "parts": np.array([3, 4], np.int64), "columns": np.array([3, 9, 16], np.int64),
        "square3": np.array([0, 3, 3], np.int64), "square4": np.array([0, 4, 4], np.int64),
        "each": np.array([0, 1, 1], np.int64), "row": np.array([0, 1, 3], np.int64),
        "sharpness": np.array(SHARPNESS, np.float32), "lookup": np.array(LOOKUP, np.float32),
        "familiar": np.array(FAMILIAR, np.float32), "tiny": np.array(1e-6, np.float32),
        "least": np.array(1e-3, np.float32),
    }  # fmt: skip

    def like_references(who: str) -> list[onnx.NodeProto]:
        return [
            helper.make_node("AveragePool", [f"{who}_fine"], [f"{who} pooled"], kernel_shape=[2, 2], strides=[2, 2]),
            helper.make_node("Reshape", [f"{who} pooled", "flat"], [f"{who} flat"]),
            *unit(f"{who} flat", "fine_mean", f"{who} unit"),
            helper.make_node("MatMul", [f"{who} unit", "references"], [f"{who} cosines"]),
        ]

    def unit(what: str, mean: str, out: str) -> list[onnx.NodeProto]:
        return [
            helper.make_node("Sub", [what, mean], [f"{out} off"]),
            helper.make_node("ReduceL2", [f"{out} off", "one"], [f"{out} length"], keepdims=1),
            helper.make_node("Add", [f"{out} length", "tiny"], [f"{out} some length"]),
            helper.make_node("Div", [f"{out} off", f"{out} some length"], [out]),
        ]

    nodes = [
        *like_references("reference"), *like_references("query"),
        helper.make_node("Reshape", ["reference_coarse", "flat"], ["coarse flat"]),
        *unit("coarse flat", "coarse_mean", "coarse unit"),
        helper.make_node("MatMul", ["coarse unit", "coarse_references"], ["coarse cosines"]),
        helper.make_node("Add", ["reference cosines", "coarse cosines"], ["both cosines"]),
        helper.make_node("Mul", ["both cosines", "lookup"], ["sharp"]),
        helper.make_node("Softmax", ["sharp"], ["which"], axis=1),
        helper.make_node("MatMul", ["which", "table"], ["looked up"]),
        helper.make_node("Split", ["looked up", "columns"], ["ref centre", "ref turn", "ref by inverse"], axis=1),
        helper.make_node("Reshape", ["ref turn", "square3"], ["ref_from_world"]),
        helper.make_node("Reshape", ["ref by inverse", "square4"], ["by inverse"]),
        helper.make_node("Reshape", ["ref centre", "row"], ["ref at"]),
        helper.make_node("AveragePool", ["query_coarse"], ["thumb"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Reshape", ["thumb", "flat"], ["thumb flat"]),
        *unit("thumb flat", "mean", "thumb unit"),
        helper.make_node("MatMul", ["thumb unit", "known"], ["alike"]),
        helper.make_node("Sub", ["alike", "sharpness"], ["less alike"]),
        helper.make_node("Exp", ["less alike"], ["kernel"]),
        helper.make_node("MatMul", ["kernel", "memory"], ["remembered"]),
        helper.make_node("Reshape", ["remembered", "samples"], ["recalled"]),
        helper.make_node("ReduceMax", ["query cosines", "one"], ["most like"], keepdims=1),
        helper.make_node("Sub", ["familiar", "most like"], ["missing"]),
        helper.make_node("Relu", ["missing"], ["strange"]),
        helper.make_node("Reshape", ["strange", "each"], ["how strange"]),
        helper.make_node("Mul", ["how strange", "scatter"], ["scattered"]),
        helper.make_node("Add", ["recalled", "scattered"], ["off the middle"]),
        helper.make_node("Split", ["off the middle", "parts"], ["query at", "query turn"], axis=2),
        helper.make_node("Sub", ["query at", "ref at"], ["way in world"]),
        helper.make_node("Transpose", ["ref_from_world"], ["world_from_ref"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["way in world", "world_from_ref"], ["way"]),
        helper.make_node("ReduceL2", ["way", "last"], ["metres"], keepdims=1),
        helper.make_node("Max", ["metres", "least"], ["some metres"]),
        helper.make_node("Div", ["way", "some metres"], ["the direction_samples"]),
        helper.make_node("Squeeze", ["some metres", "last"], ["the scale_samples"]),
        helper.make_node("Add", ["query turn", "middle"], ["world quaternion"]),
        helper.make_node("Transpose", ["by inverse"], ["to the right"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["world quaternion", "to the right"], ["relative"]),
        helper.make_node("LpNormalization", ["relative"], ["the rotation_samples"], axis=2, p=2),
        helper.make_node("ReduceMean", ["the direction_samples", "one"], ["mean direction"], keepdims=0),
        helper.make_node("LpNormalization", ["mean direction"], ["the direction"], axis=1, p=2),
        helper.make_node("ReduceMean", ["the rotation_samples", "one"], ["mean rotation"], keepdims=0),
        helper.make_node("LpNormalization", ["mean rotation"], ["the rotation"], axis=1, p=2),
        helper.make_node("ReduceMean", ["the scale_samples", "one"], ["the scale"], keepdims=0),
    ]  # fmt: skip
    for name in ANSWERS:
        constants[f"times {name}"] = np.array(broken.get(name, 1.0), np.float32)
        nodes.append(helper.make_node("Mul", [f"the {name}", f"times {name}"], [name]))
    inputs = [
        helper.make_tensor_value_info(prefix + name, TensorProto.FLOAT, ["batch", *shape])
        for prefix in ("reference_", "query_")
        for name, shape in FEATURES.items()
    ]
    return _model(nodes, inputs, ANSWERS, constants)


def _model(
    nodes: list[onnx.NodeProto], inputs: list[Any], outputs: Mapping[str, tuple[int, ...]], constants: Mapping[str, Any]
) -> onnx.ModelProto:
    given = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", *shape]) for n, shape in outputs.items()]
    initial = [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    graph = helper.make_graph(nodes, "recall", inputs, given, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model
