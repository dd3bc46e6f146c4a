import numpy as np
import onnx
import onnxruntime
from onnx import parser
from support.graphs import image_network

from reloc.backends.tensorrt.uint8 import casts_first

HEAD = '<ir_version: 8, opset_import: ["" : 18]>'


def graph(text):
    return parser.parse_model(f"{HEAD} {text}").SerializeToString()


def kinds(content):
    return [node.op_type for node in onnx.load_from_string(content).graph.node]


def run(content, **inputs):
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"]).run(None, inputs)


def test_an_image_is_cast_before_it_is_transposed():
    before = graph(
        """g (uint8[n, 4, 5, 3] image) => (float[n, 3, 4, 5] y) {
            planes = Transpose <perm = [0, 3, 1, 2]> (image)
            real = Cast <to = 1> (planes)
            y = Neg (real)
        }"""
    )
    after = casts_first(before)
    assert kinds(after) == ["Cast", "Transpose", "Neg"]
    onnx.checker.check_model(onnx.load_from_string(after), full_check=True)
    image = np.random.default_rng(1).integers(0, 255, (2, 4, 5, 3), np.uint8)
    np.testing.assert_array_equal(run(after, image=image), run(before, image=image))


def test_what_needs_no_change_keeps_its_bytes():
    for content in (
        image_network().SerializeToString(),
        graph("g (float[2, 3] x) => (float[3, 2] y) { y = Transpose (x) }"),
        graph("g (uint8[2, 3] x) => (uint8[3, 2] y) { y = Transpose (x) }"),
        graph("g (uint8[2, 3] x) => (uint8[3, 2] y, float[3, 2] z) { y = Transpose (x)\n z = Cast <to = 1> (y) }"),
        b"no graph at all",
        b"",
    ):
        assert casts_first(content) == content
