"""Every graph that ships keeps to the operators that TensorRT's parser documents, in its oldest and newest version.

Graphs that tests export are checked where they are exported: see `support.tensorrt_exports`.
"""

from __future__ import annotations

from pathlib import Path

import onnx
import pytest
from onnx import parser
from support.tensorrt_operators import documented, problems

MODELS = Path(__file__).resolve().parents[4] / "models"
GRAPHS = sorted(MODELS.glob("*/*.onnx"))
_HEAD = '<ir_version: 8, opset_import: ["" : 18, "com.example" : 1]>'


def test_there_are_lists_and_graphs():
    assert {version.partition(".")[0] for version in documented()} == {"10", "11"}
    assert all(len(operators) > 140 for operators in documented().values())
    assert len(GRAPHS) >= 8


@pytest.mark.parametrize("file", GRAPHS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_graph_that_ships_keeps_to_them(file):
    assert problems(onnx.load(file)) == []


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("y, i, j, k = Unique (x)", "Unique in TensorRT 10.0"),
        ("y = Swish (x)", "Swish in TensorRT 10.15"),
        ("y = com.example.Mystery (x)", "Mystery of com.example"),
        ("k = Constant <value = int64[1] {4096}> () y, i = TopK (x, k)", "TopK of 3840 or more"),
        ("k = Constant <value = int64[1] {3}> () y, i = TopK <sorted = 0> (x, k)", "TopK that does not sort"),
        ("k = Shape (x) y, i = TopK (x, k)", "TopK of a number that is computed"),
        ("y, i = MaxPool <kernel_shape = [2, 2]> (x)", "MaxPool with indices"),
        ("y = MaxPool <kernel_shape = [2, 2], dilations = [2, 2]> (x)", "MaxPool with dilations"),
        ("k = Shape (x) y = ReduceSum (x, k)", "ReduceSum over axes that are computed"),
        ('s = Constant <value_floats = [1.0, 2.0]> () y = Resize <mode = "cubic"> (x, , s)', "Resize of another"),
        ("y = Add (b, b)", "Add of uint8"),
    ],
)  # fmt: skip
def test_what_they_do_not_document_is_found(body, problem):
    text = f"{_HEAD} g (float[1, 1, 8, 8] x, uint8[1, 8] b) => (float[n] y) {{ {body} }}"
    assert any(found.startswith(problem) for found in problems(parser.parse_model(text)))


def test_what_they_document_passes():
    body = "k = Constant <value = int64[1] {3}> () c = Cast <to = 1> (b) y, i = TopK (c, k)"
    text = f"{_HEAD} g (uint8[1, 8] b) => (float[1, 3] y) {{ {body} }}"
    assert problems(parser.parse_model(text)) == []
