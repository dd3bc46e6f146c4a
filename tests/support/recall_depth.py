"""A network for pnlp without training: one ONNX graph that knows the depth of the tiny world's references by heart.

Its features are low frequencies of the colours around a cell, so that they match as those of any two images do. Its
depth is that of the reference that an image is most like, exactly, which is what the localizer takes from references
alone. Its descriptor is a thumbnail. So points are true, and poses are as good as matches between cells of 4 pixels.
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

from reloc.datatypes import Float32
from reloc.models.tensor import TensorSpec
from reloc.models.writing import write_model
from reloc.preprocessing import Preprocess
from support.tiny_world import CAMERA, reference_poses, render

SIDE, CELL = 160, 4
TARGET = CAMERA.scaled(SIDE, SIDE)  # the whole view, squeezed into a square
PLACES = SIDE // CELL
WINDOW = 24  # pixels around a cell that its feature looks at
WAVES = 5  # low frequencies of it, across and down
THUMB = 32  # pixels of a thumbnail's cell
LOOKUP = 200.0  # of the softmax over references
UNCERTAINTY = {"position_scale": 2.0, "rotation_scale": 2.0, "max_sigma_m": 0.3, "max_sigma_deg": 10.0}
SHAPES = {
    "descriptor": (3 * (SIDE // THUMB) ** 2,), "local": (3 * (WAVES**2 - 1), PLACES, PLACES),
    "depth": (PLACES, PLACES), "spread": (PLACES, PLACES),
}  # fmt: skip


def write(folder: Path, *, broken: Mapping[str, float] | None = None, **changes: Any) -> str:
    """The model ``folder``; gives its path.

    Args:
        broken: outputs that are times this number (NaN, say).
        changes: of what :func:`write_model` is told.
    """
    given: dict[str, Any] = {
        "name": folder.name, "kind": "pnlp",
        "onnx_files": {"float32": _graph(_learned(), broken or {}).SerializeToString()},
        "inputs": [TensorSpec("image", "uint8", (None, SIDE, SIDE, 3))],
        "outputs": [TensorSpec(name, "float32", (None, *shape)) for name, shape in SHAPES.items()],
        "camera": TARGET.to_dict(), "world": None, "metadata": {"uncertainty": UNCERTAINTY, "depth_sigma": 0.01},
        "card_markdown": "# Depth of the tiny world, by heart\n",
    }  # fmt: skip
    write_model(folder, **{**given, **changes})
    return str(folder)


@functools.cache
def _learned() -> dict[str, NDArray[np.float32]]:
    preprocess, poses = Preprocess(TARGET), reference_poses()
    images = np.zeros((len(poses), SIDE, SIDE, 3), np.uint8)
    for pose, item in zip(poses, images, strict=True):
        preprocess.into(render(pose)[0], CAMERA, item)
    n = SIDE // THUMB
    thumbs = images.astype(np.float32).reshape(-1, n, THUMB, n, THUMB, 3).mean(axis=(2, 4))
    thumbs = thumbs.transpose(0, 3, 1, 2).reshape(len(poses), -1)
    mean = thumbs.mean(axis=0)
    known = (thumbs - mean) / np.linalg.norm(thumbs - mean, axis=1, keepdims=True)
    depth = np.stack([_cell_depth(render(pose, TARGET)[1]) for pose in poses]).reshape(len(poses), -1)
    return {"filters": _filters(), "mean": mean, "known": known.T * LOOKUP, "depths": depth}


def _cell_depth(depth: Float32) -> Float32:
    """Of the middle of each cell."""
    middle = depth.reshape(PLACES, CELL, PLACES, CELL)[:, 1:3, :, 1:3]
    return np.asarray(middle.mean(axis=(1, 3)), np.float32)


def _filters() -> NDArray[np.float32]:
    """(channels, 3, WINDOW, WINDOW): a cosine transform under a Gaussian, of each colour, without its mean."""
    at = np.arange(WINDOW) - 0.5 * (WINDOW - 1)
    bell = np.exp(-0.5 * (at / (WINDOW / 4.0)) ** 2)
    waves = [np.cos(np.pi * k * (np.arange(WINDOW) + 0.5) / WINDOW) for k in range(WAVES)]
    filters = []
    for colour in range(3):
        for i in range(WAVES):
            for j in range(WAVES):
                if i or j:
                    plane = np.outer(waves[i] * bell, waves[j] * bell)
                    plane -= np.outer(bell, bell) * plane.sum() / bell.sum() ** 2
                    kernel = np.zeros((3, WINDOW, WINDOW))
                    kernel[colour] = plane / np.linalg.norm(plane)
                    filters.append(kernel)
    return np.array(filters, np.float32)


def _graph(constants: Mapping[str, NDArray[np.float32]], broken: Mapping[str, float]) -> onnx.ModelProto:
    before = (WINDOW - CELL) // 2
    nodes = [
        helper.make_node("Cast", ["image"], ["real"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["real"], ["nchw"], perm=[0, 3, 1, 2]),
        helper.make_node(
            "Conv", ["nchw", "filters"], ["waves"], kernel_shape=[WINDOW, WINDOW], strides=[CELL, CELL],
            pads=[before] * 4,
        ),
        helper.make_node("LpNormalization", ["waves"], ["the local"], axis=1, p=2),
        helper.make_node("AveragePool", ["nchw"], ["thumb"], kernel_shape=[THUMB, THUMB], strides=[THUMB, THUMB]),
        helper.make_node("Reshape", ["thumb", "flat"], ["thumb flat"]),
        helper.make_node("Sub", ["thumb flat", "mean"], ["off the mean"]),
        helper.make_node("LpNormalization", ["off the mean"], ["the descriptor"], axis=1, p=2),
        helper.make_node("MatMul", ["the descriptor", "known"], ["alike"]),
        helper.make_node("Softmax", ["alike"], ["which"], axis=1),
        helper.make_node("MatMul", ["which", "depths"], ["depth flat"]),
        helper.make_node("Reshape", ["depth flat", "square"], ["the depth"]),
        helper.make_node("Div", ["the depth", "the depth"], ["ones"]),
        helper.make_node("Mul", ["ones", "percent"], ["the spread"]),
    ]  # fmt: skip
    initial = {
        **constants, "flat": np.array([0, -1], np.int64), "square": np.array([-1, PLACES, PLACES], np.int64),
        "percent": np.array(0.01, np.float32),
    }  # fmt: skip
    for name in SHAPES:
        initial[f"times {name}"] = np.array(broken.get(name, 1.0), np.float32)
        nodes.append(helper.make_node("Mul", [f"the {name}", f"times {name}"], [name]))
    inputs = [helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", SIDE, SIDE, 3])]
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["batch", *s]) for n, s in SHAPES.items()]
    tensors = [numpy_helper.from_array(np.ascontiguousarray(value), name) for name, value in initial.items()]
    graph = helper.make_graph(nodes, "recall", inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    onnx.checker.check_model(model, full_check=True)
    return model
