"""A pose network without training: it remembers views of the tiny world, and compares an image with them.

A real ONNX graph with the inputs and outputs of PoseNet, made in seconds and good to a decimetre about the references:
kernel ridge regression on thumbnails, each Monte Carlo sample with a third of the memory dropped. With it, tests of
everything around a network need no torch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from reloc.datatypes import Float64
from reloc.geometry.cameras import Camera
from reloc.geometry.transforms import make, quaternion_from_rotation, so3_exp
from reloc.localizers.posenet.familiarity import FILE, KEY, pack
from reloc.models.model import Model
from reloc.models.tensor import TensorSpec
from reloc.models.writing import write_model
from reloc.preprocessing import Preprocess
from support.made_once import arrays_made_once
from support.tiny_world import CAMERA, reference_poses, render

SIZE, FINE, COARSE = 112, 7, 28  # pixels of the input's side, of a cell of the feature, and of the pose's thumbnail
TARGET = CAMERA.cropped(40, 0, 240, 240).scaled(SIZE, SIZE)
SAMPLES = 32
SHARPNESS, RIDGE = 2.0, 0.1  # kernel exp(SHARPNESS (cosine - 1)); the ridge keeps it usable in 8 bits of mantissa
VIEWS = 900
SIGMA = (0.03, 0.02)  # metres and radians it claims to err by, as what is learned would
OUTPUTS = {
    "position": (3,),
    "rotation": (4,),
    "position_samples": (SAMPLES, 3),
    "rotation_samples": (SAMPLES, 4),
    "log_variance": (2,),
    "feature": (3 * (SIZE // FINE) ** 2,),
}
Weights = dict[str, NDArray[np.float32]]


def views(count: int = VIEWS, seed: int = 0) -> list[Float64]:
    """Poses about the references' arc: its dense form, each pose moved and turned a little."""
    rng = np.random.default_rng(seed)
    arc = reference_poses(count)
    return [make(so3_exp(rng.normal(size=3) * 0.05) @ p[:3, :3], p[:3, 3] + rng.uniform(-0.15, 0.15, 3)) for p in arc]


def prepared(poses: Sequence[Float64], camera: Camera = TARGET, world: int = 0) -> NDArray[np.uint8]:
    """What ``camera`` sees at each pose, brought to TARGET: (N, 112, 112, 3)."""
    preprocess, out = Preprocess(TARGET), np.zeros((len(poses), SIZE, SIZE, 3), np.uint8)
    for pose, item in zip(poses, out, strict=True):
        preprocess.into(render(pose, camera, world)[0], camera, item)
    return out


def cells_of(images: NDArray[np.uint8], cell: int) -> NDArray[np.float32]:
    """(N, F) means over cells, in the order of the graph's NCHW."""
    n = SIZE // cell
    means = images.astype(np.float32).reshape(-1, n, cell, n, cell, 3).mean(axis=(2, 4))
    return np.ascontiguousarray(means.transpose(0, 3, 1, 2).reshape(len(images), -1))


def write(folder: Path, *, world: Mapping[str, Any] | None = None, broken: Mapping[str, float] | None = None) -> Model:
    """The model's folder.

    Args:
        world: replaces entries of what it says of its world.
        broken: outputs that give this number (NaN, say) instead of an answer.
    """
    weights = arrays_made_once("recall-network", _learn)
    references = reference_poses()
    familiarity, content = pack(cells_of(prepared(references, CAMERA), FINE), min_cosine=0.18)
    places = np.array([p[:3, 3] for p in references])
    about = {"frame": "map", "map": "", "references": len(references)}
    bounds = {"lower": places.min(axis=0).tolist(), "upper": places.max(axis=0).tolist()}
    model = write_model(
        folder,
        name=folder.name,
        kind="posenet",
        onnx_files={"float32": _graph(weights, broken or {}).SerializeToString()},
        inputs=[TensorSpec("image", "uint8", (None, SIZE, SIZE, 3))],
        outputs=[TensorSpec(name, "float32", (None, *shape)) for name, shape in OUTPUTS.items()],
        camera=TARGET.to_dict(),
        world={**about, **bounds, **(world or {})},
        metadata={
            "uncertainty": {"position_scale": 1.4, "rotation_scale": 1.0, "max_sigma_m": 0.3, "max_sigma_deg": 10.0},
            "held_out": {"median_m": 0.05, "median_deg": 2.0},
            KEY: familiarity,
        },
        card_markdown="# Remembered views of the tiny world\n",
    )
    (folder / FILE).write_bytes(content)
    return model


def _learn() -> Weights:
    poses = views()
    thumbnails = cells_of(prepared(poses), COARSE)
    mean = thumbnails.mean(axis=0)
    known = thumbnails - mean
    known /= np.linalg.norm(known, axis=1, keepdims=True)
    quaternions = np.array([quaternion_from_rotation(p[:3, :3]) for p in poses])
    quaternions *= np.where(quaternions @ quaternions[0] < 0, -1, 1)[:, None]
    targets = np.column_stack([[p[:3, 3] for p in poses], quaternions])  # (N, 7)
    middle = targets.mean(axis=0)
    kernel = np.exp(SHARPNESS * (known @ known.T - 1.0))
    rng, memory = np.random.default_rng(1), np.zeros((len(poses), SAMPLES, 7))
    for sample in range(SAMPLES):
        kept = np.flatnonzero(rng.random(len(poses)) > 1 / 3)
        ridge = kernel[np.ix_(kept, kept)] + RIDGE * np.eye(len(kept))
        memory[kept, sample] = np.linalg.solve(ridge, targets[kept] - middle)
    return {
        "mean": mean,
        "known": np.ascontiguousarray(known.T * np.float32(SHARPNESS)),
        "memory": memory.reshape(len(poses), -1).astype(np.float32),
        "middle": middle.astype(np.float32),
        "log_sigma2": 2.0 * np.log(np.array([SIGMA], np.float32)),
    }


def _graph(weights: Weights, broken: Mapping[str, float]) -> onnx.ModelProto:
    constants = {
        **weights,
        "one": np.array([1], np.int64),
        "flat": np.array([0, -1], np.int64),
        "samples": np.array([0, SAMPLES, 7], np.int64),
        "parts": np.array([3, 4], np.int64),
        "sharpness": np.array(SHARPNESS, np.float32),
        "tiny": np.array(1e-6, np.float32),
        "nothing": np.zeros((1, 2), np.float32),
    }
    nodes = [
        helper.make_node("Cast", ["image"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["real"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["nchw"], ["fine"], kernel_shape=[FINE] * 2, strides=[FINE] * 2),
        helper.make_node("Reshape", ["fine", "flat"], ["the feature"]),
        helper.make_node("AveragePool", ["nchw"], ["coarse"], kernel_shape=[COARSE] * 2, strides=[COARSE] * 2),
        helper.make_node("Reshape", ["coarse", "flat"], ["thumbnail"]),
        helper.make_node("Sub", ["thumbnail", "mean"], ["centred"]),
        helper.make_node("ReduceL2", ["centred", "one"], ["length"], keepdims=1),
        helper.make_node("Add", ["length", "tiny"], ["some length"]),
        helper.make_node("Div", ["centred", "some length"], ["unit"]),
        helper.make_node("MatMul", ["unit", "known"], ["alike"]),
        helper.make_node("Sub", ["alike", "sharpness"], ["less alike"]),
        helper.make_node("Exp", ["less alike"], ["kernel"]),
        helper.make_node("MatMul", ["kernel", "memory"], ["remembered"]),
        helper.make_node("Reshape", ["remembered", "samples"], ["off the middle"]),
        helper.make_node("Add", ["off the middle", "middle"], ["poses"]),
        helper.make_node("Split", ["poses", "parts"], ["the position_samples", "quaternions"], axis=2),
        helper.make_node("LpNormalization", ["quaternions"], ["the rotation_samples"], axis=2, p=2),
        helper.make_node("ReduceMean", ["the position_samples", "one"], ["the position"], keepdims=0),
        helper.make_node("ReduceMean", ["the rotation_samples", "one"], ["mean rotation"], keepdims=0),
        helper.make_node("LpNormalization", ["mean rotation"], ["the rotation"], axis=1, p=2),
        helper.make_node("Mul", ["length", "nothing"], ["none"]),  # brings the batch's size
        helper.make_node("Add", ["none", "log_sigma2"], ["the log_variance"]),
    ]
    for name in OUTPUTS:
        if name in broken:
            constants[f"broken {name}"] = np.array(broken[name], np.float32)
            nodes.append(helper.make_node("Mul", [f"the {name}", f"broken {name}"], [name]))
        else:
            nodes.append(helper.make_node("Identity", [f"the {name}"], [name]))
    graph = helper.make_graph(
        nodes,
        "recall",
        [helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", SIZE, SIZE, 3])],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", *shape]) for n, shape in OUTPUTS.items()],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model
