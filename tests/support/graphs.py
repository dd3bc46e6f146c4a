"""ONNX graphs for tests, small but of the kind that reloc ships: images in, several answers out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from reloc.models.model import Model
from reloc.models.tensor import TensorSpec
from reloc.models.writing import write_model

SIDE = 32  # pixels


def image_network(seed: int = 0, channels: int = 16) -> onnx.ModelProto:
    """uint8 ``image`` (B, 32, 32, 3) to float32 ``position`` (B, 3) and ``rotation`` (B, 4), a unit quaternion.

    Cast, mean image, scale and transposition are in the graph, then two convolutions with pooling, and two heads.
    """
    rng = np.random.default_rng(seed)

    def normal(*shape: int, of: int) -> np.ndarray:
        return rng.normal(0, of**-0.5, shape).astype(np.float32)

    weights = {
        "mean": rng.uniform(90, 140, (1, SIDE, SIDE, 3)).astype(np.float32),
        "scale": np.float32(1 / 60),
        "w1": normal(channels, 3, 3, 3, of=27),
        "b1": normal(channels, of=9),
        "w2": normal(2 * channels, channels, 3, 3, of=9 * channels),
        "b2": normal(2 * channels, of=9),
        "wp": normal(3, 128 * channels, of=128 * channels),
        "bp": normal(3, of=9),
        "wr": normal(4, 128 * channels, of=128 * channels),
        "br": normal(4, of=9),
        "axis": np.array([1], np.int64),
        "least": np.float32(1e-12),
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["image"], ["pixels"], to=TensorProto.FLOAT),
        node("Sub", ["pixels", "mean"], ["centred"]),
        node("Mul", ["centred", "scale"], ["scaled"]),
        node("Transpose", ["scaled"], ["planes"], perm=[0, 3, 1, 2]),
        node("Conv", ["planes", "w1", "b1"], ["conv1_out"], name="conv1", strides=[2, 2], pads=[1, 1, 1, 1]),
        node("Relu", ["conv1_out"], ["relu1"]),
        node("Conv", ["relu1", "w2", "b2"], ["conv2_out"], name="conv2", pads=[1, 1, 1, 1]),
        node("Relu", ["conv2_out"], ["relu2"]),
        node("MaxPool", ["relu2"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
        node("Flatten", ["pooled"], ["flat"]),
        node("Gemm", ["flat", "wp", "bp"], ["position"], name="fc_position", transB=1),
        node("Gemm", ["flat", "wr", "br"], ["raw"], name="fc_rotation", transB=1),
        node("ReduceL2", ["raw", "axis"], ["norm"], keepdims=1),
        node("Max", ["norm", "least"], ["length"]),
        node("Div", ["raw", "length"], ["rotation"]),
    ]
    image = helper.make_tensor_value_info("image", TensorProto.UINT8, ["batch", SIDE, SIDE, 3])
    answers = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, ["batch", size])
        for name, size in (("position", 3), ("rotation", 4))
    ]
    initial = [numpy_helper.from_array(np.asarray(w), name) for name, w in weights.items()]
    graph = helper.make_graph(nodes, "network", [image], answers, initial)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def image_network_model(folder: Path, files: Mapping[str, bytes]) -> Model:
    """A model folder of :func:`image_network`, with these files by precision."""
    return write_model(
        folder,
        name="net",
        kind="test",
        onnx_files=files,
        inputs=[TensorSpec("image", "uint8", (None, SIDE, SIDE, 3))],
        outputs=[TensorSpec("position", "float32", (None, 3)), TensorSpec("rotation", "float32", (None, 4))],
        camera=None,
        world=None,
        metadata={},
        card_markdown="# A network for tests\n",
    )
