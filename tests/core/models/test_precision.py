import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper, parser
from onnx.reference import ReferenceEvaluator
from support.graphs import image_network

from reloc.errors import ModelConversionError
from reloc.models.precision import to_float16, to_float32

FLOAT, HALF = TensorProto.FLOAT, TensorProto.FLOAT16


def types_of(model):
    """Element types by name of value, as ONNX infers them."""
    graph = onnx.shape_inference.infer_shapes(model, strict_mode=True).graph
    return {v.name: v.type.tensor_type.elem_type for v in (*graph.input, *graph.output, *graph.value_info)}


def weight_types(model):
    return {w.data_type for w in model.graph.initializer}


def run(model, **inputs):
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, inputs)


def graph(text, **weights):
    """A model from ONNX's own text form."""
    model = parser.parse_model(f'<ir_version: 8, opset_import: ["" : 18]> {text}')
    model.graph.initializer.extend(numpy_helper.from_array(w, name) for name, w in weights.items())
    return model


@pytest.fixture(scope="module")
def network():
    return image_network()


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(3).integers(0, 255, (2, 32, 32, 3), np.uint8)


def test_float16_answers_nearly_the_same_with_half_the_bytes(network, images):
    half = to_float16(network)
    exact = run(network, image=images)
    for answer, wanted in zip(run(half, image=images), exact, strict=True):
        assert answer.dtype == np.float32
        np.testing.assert_allclose(answer, wanted, atol=0.01)
    assert not np.array_equal(run(half, image=images)[0], exact[0])
    assert len(half.SerializeToString()) < 0.6 * len(network.SerializeToString())


def test_the_arithmetic_is_float16_and_the_interface_is_not(network):
    half = to_float16(network)
    types = types_of(half)
    assert types["image"] == TensorProto.UINT8
    assert {types[o.name] for o in half.graph.output} == {FLOAT}
    for node in half.graph.node:
        if node.op_type in ("Conv", "Gemm", "Relu", "MaxPool", "Sub", "Transpose"):
            assert types[node.output[0]] == HALF, node.name
        if node.op_type == "ReduceL2":
            assert types[node.output[0]] == FLOAT


def test_the_original_is_left_as_it_is(network):
    before = network.SerializeToString()
    to_float16(network)
    to_float32(to_float16(network))
    assert network.SerializeToString() == before


def test_the_float32_twin_has_the_very_weights_and_no_float16(network, images):
    half = to_float16(network)
    twin = to_float32(half)
    onnx.checker.check_model(twin, full_check=True)
    assert HALF not in types_of(twin).values()
    assert HALF not in weight_types(twin)
    of_half = {w.name: numpy_helper.to_array(w) for w in half.graph.initializer}
    for weight in twin.graph.initializer:
        np.testing.assert_array_equal(numpy_helper.to_array(weight), of_half[weight.name])
    # Against the reference implementation, on the twin: ONNX Runtime may not read the file another way.
    for answer, wanted in zip(
        run(twin, image=images), ReferenceEvaluator(twin).run(None, {"image": images}), strict=True
    ):
        np.testing.assert_allclose(answer, wanted, atol=1e-5)


def test_a_small_guard_against_division_by_zero_survives():
    """What torch writes for functional.normalize: 1e-12 is zero in float16, and 0 / 0 no number."""
    model = graph(
        """g (float[n, 4] x) => (float[n, 4] y) {
            axes = Constant <value_ints = [1]> ()
            size = ReduceL2 <keepdims = 1> (x, axes)
            limit = Max (size, least)
            y = Div (x, limit)
        }""",
        least=np.float32(1e-12),
    )
    (answer,) = run(to_float16(model, keep=()), x=np.zeros((2, 4), np.float32))
    np.testing.assert_array_equal(answer, 0)


def test_a_weight_beyond_float16_keeps_its_node_float32():
    model = graph("g (float[n] x) => (float[n] y) { z = Mul (x, big)\n y = Div (z, big) }", big=np.float32([1e6]))
    half = to_float16(model, keep=())
    assert weight_types(half) == {FLOAT}
    np.testing.assert_allclose(run(half, x=np.float32([1, 2]))[0], [1, 2])


def test_a_weight_in_both_types_is_rounded_for_float16_only():
    model = graph(
        "g (float[n] x) => (float[n] y, float[n] z) { y = Mul (x, w)\n z = Softmax (w) }", w=np.float32([1 / 3] * 2)
    )
    half = to_float16(model)
    weights = {w.name: numpy_helper.to_array(w) for w in half.graph.initializer}
    assert weights["w"][0] == np.float32(1 / 3)
    assert weights["w_float16"][0] == np.float16(1 / 3)


def test_operators_and_nodes_can_be_kept(network):
    by_operator = types_of(to_float16(network, keep=["Conv"]))
    by_node = types_of(to_float16(network, keep=["conv2"]))
    assert (by_operator["conv1_out"], by_operator["conv2_out"]) == (FLOAT, FLOAT)
    assert (by_node["conv1_out"], by_node["conv2_out"]) == (HALF, FLOAT)


def test_what_onnx_wants_in_float32_stays_so():
    """The scales of Resize have to be float32; the image need not."""
    model = graph(
        'g (float[1, 1, 4, 4] x) => (float[1, 1, 8, 8] z) { y = Resize <mode = "linear"> (x, , s)\n z = Relu (y) }',
        s=np.float32([1, 1, 2, 2]),
    )
    half = to_float16(model)
    assert types_of(half)["y"] == HALF
    assert weight_types(half) == {FLOAT}
    x = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
    np.testing.assert_allclose(run(half, x=x)[0], run(model, x=x)[0], atol=0.01)


def test_constants_and_made_tensors_are_cast_where_they_meet_float16():
    model = graph(
        """g (float[n, 2] x) => (float[n, 2] y) {
            half = Constant <value = float {0.5}> ()
            more = Constant <value_floats = [1.0, 2.0]> ()
            shape = Shape (x)
            zeros = ConstantOfShape (shape)
            a = Mul (x, half)
            b = Add (a, more)
            y = Add (b, zeros)
        }"""
    )
    half = to_float16(model)
    assert types_of(half)["b"] == HALF
    np.testing.assert_array_equal(run(half, x=np.float32([[2, 4]]))[0], [[2, 4]])


def test_an_output_that_is_used_inside_too_keeps_its_name_and_type():
    model = graph("g (float[n] x) => (float[n] y, float[n] z) { y = Relu (x)\n z = Neg (y) }")
    half = to_float16(model)
    assert [o.name for o in half.graph.output] == ["y", "z"]
    y, z = run(half, x=np.float32([-1, 2]))
    np.testing.assert_array_equal((y, z), ([0, 2], [0, -2]))


def test_weights_that_are_listed_as_inputs_are_no_inputs():
    model = graph("g (float[n] x, float[1] w) => (float[n] y) { y = Mul (x, w) }", w=np.float32([2]))
    half = to_float16(model)
    assert [i.name for i in half.graph.input] == ["x"]
    np.testing.assert_array_equal(run(half, x=np.float32([3]))[0], [6])


def test_names_that_are_taken_are_not_used_twice():
    text = "g (float[n] x, float[n] x_float16) => (float[n] y) { y = Add (x, x_float16) }"
    (answer,) = run(to_float16(graph(text)), x=np.float32([1]), x_float16=np.float32([2]))
    assert answer == [3]


def test_control_flow_is_refused_by_name():
    inner = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["t"])], "b", [], [helper.make_tensor_value_info("t", FLOAT, [1])]
    )
    model = graph("g (float[1] x, bool c) => (float[1] y) { y = Identity (x) }")
    branch = helper.make_node("If", ["c"], ["y"], name="choice", then_branch=inner, else_branch=inner)
    model.graph.node[0].CopyFrom(branch)
    with pytest.raises(ModelConversionError, match=r"'choice'.*graphs of its own.*control flow"):
        to_float16(model)
    assert run(to_float32(model), x=np.float32([3]), c=np.array(True))[0] == [3]


def test_unknown_operators_and_names_are_named():
    model = graph("g (float[1] x) => (float[1] z) { y = Relu (x)\n z = Neg (y) }")
    with pytest.raises(ModelConversionError, match="named 'Rleu'"):
        to_float16(model, keep=["Rleu"])
    model.graph.node[0].domain = "com.example"
    model.opset_import.append(helper.make_opsetid("com.example", 1))
    with pytest.raises(ModelConversionError, match="type of 'y', which Relu gives, is unknown"):
        to_float16(model)


def test_types_in_subgraphs_and_attributes_are_widened():
    inner = helper.make_graph(
        [helper.make_node("Constant", [], ["t"], value=numpy_helper.from_array(np.float16([0.5])))],
        "b",
        [],
        [helper.make_tensor_value_info("t", HALF, [1])],
    )
    nodes = [
        helper.make_node("If", ["c"], ["p"], then_branch=inner, else_branch=inner),
        helper.make_node("Cast", ["x"], ["h"], to=HALF),
        helper.make_node("Add", ["p", "h"], ["y"]),
    ]
    inputs = [helper.make_tensor_value_info("x", FLOAT, [1]), helper.make_tensor_value_info("c", TensorProto.BOOL, [])]
    made = helper.make_graph(nodes, "g", inputs, [helper.make_tensor_value_info("y", HALF, [1])])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    twin = to_float32(model)
    onnx.checker.check_model(twin, full_check=True)
    (answer,) = run(twin, x=np.float32([1e6]), c=np.array(True))
    assert answer.dtype == np.float32
    assert answer == [1e6 + 0.5]
