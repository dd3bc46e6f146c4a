"""Model folders for tests: small real networks, and such as have something wrong with them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import parser
from onnx.reference import ReferenceEvaluator

from reloc.models.model import Model
from reloc.models.precision import to_float16, to_float32
from reloc.models.quantize import to_int8
from reloc.models.tensor import TensorSpec
from reloc.models.writing import write_model
from support.graphs import SIDE, image_network

IMAGE = TensorSpec("image", "uint8", (None, SIDE, SIDE, 3))
OUTPUTS = (TensorSpec("position", "float32", (None, 3)), TensorSpec("rotation", "float32", (None, 4)))
_HEAD = '<ir_version: 8, opset_import: ["" : 18, "com.example" : 1]>'


def images(count: int, seed: int = 0) -> NDArray[np.uint8]:
    """Smooth pictures, (count, SIDE, SIDE, 3)."""
    coarse = np.random.default_rng(seed).integers(0, 255, (count, 4, 4, 3)).astype(np.uint8)
    return np.kron(coarse, np.ones((1, SIDE // 4, SIDE // 4, 1), np.uint8))


@functools.cache
def float32_file() -> bytes:
    """Convolutions, ReLU, pooling and two heads on uint8 NHWC images, in float32."""
    return bytes(image_network().SerializeToString())


@functools.cache
def float16_file() -> bytes:
    """The same network in float16."""
    return bytes(to_float16(image_network()).SerializeToString())


@functools.cache
def int8_file() -> bytes:
    """The same network with Q/DQ nodes, calibrated on some pictures."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "float32.onnx"
        path.write_bytes(float32_file())
        return to_int8(path, [{"image": images(4, seed)} for seed in range(100, 104)])


def write(folder: Path, files: Mapping[str, bytes], **changes: Any) -> Model:
    """A model folder with these files by precision; ``changes`` to what model.json says."""
    said: dict[str, Any] = {
        "name": "small",
        "kind": "test",
        "inputs": [IMAGE],
        "outputs": list(OUTPUTS),
        "camera": {"width": SIDE, "height": SIDE, "fx": 30.0, "fy": 30.0, "cx": 15.5, "cy": 15.5},
        "world": None,
        "metadata": {},
        "card_markdown": "# A network for tests\n",
    }
    return write_model(folder, onnx_files=files, **{**said, **changes})


def small_model(folder: Path, *precisions: str, **changes: Any) -> Model:
    """The network in these precisions; float16 and int8 if none are named."""
    made = {"float32": float32_file, "float16": float16_file, "int8": int8_file}
    return write(folder, {p: made[p]() for p in precisions or ("float16", "int8")}, **changes)


def reference(inputs: Mapping[str, NDArray[Any]], content: bytes | None = None) -> dict[str, NDArray[Any]]:
    """What ONNX's own evaluator answers in float32, to the float16 file unless another is given."""
    graph = to_float32(onnx.load_from_string(content or float16_file()))
    names = [output.name for output in graph.graph.output]
    return dict(zip(names, ReferenceEvaluator(graph).run(None, dict(inputs)), strict=True))


def unknown_operator_model(folder: Path) -> Model:
    """It uses com.example.Mystery, which nothing has."""
    graph = parser.parse_model(
        f"{_HEAD} g (uint8[n, 4] image) => (float[n, 4] answer) "
        "{ x = Cast <to = 1> (image)\n answer = com.example.Mystery (x) }"
    )
    return write(
        folder,
        {"float32": graph.SerializeToString()},
        name="odd",
        inputs=[TensorSpec("image", "uint8", (None, 4))],
        outputs=[TensorSpec("answer", "float32", (None, 4))],
    )


def nan_model(folder: Path) -> Model:
    """Mean by sum: a black image gives 0 / 0, any other one in the number of values."""
    graph = parser.parse_model(
        f"""{_HEAD} g (uint8[n, 16] image) => (float[n, 1] answer) {{
            axes = Constant <value_ints = [1]> ()
            x = Cast <to = 1> (image)
            mean = ReduceMean (x, axes)
            sum = ReduceSum (x, axes)
            answer = Div (mean, sum)
        }}"""
    )
    return write(
        folder,
        {"float32": graph.SerializeToString()},
        name="nan",
        inputs=[TensorSpec("image", "uint8", (None, 16))],
        outputs=[TensorSpec("answer", "float32", (None, 1))],
    )
