import logging

import numpy as np
import onnx
import onnxruntime
import openvino
import pytest
from onnx import TensorProto, numpy_helper
from support.graphs import SIDE, image_network

from reloc.errors import ModelConversionError
from reloc.models.quantize import to_int8


def images(count, seed):
    """Smooth pictures, of which each batch has two."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (count, 2, 4, 4, 3)).astype(np.float32)
    return [np.kron(c, np.ones((1, SIDE // 4, SIDE // 4, 1))).astype(np.uint8) for c in coarse]


@pytest.fixture(scope="module")
def network():
    return image_network()


@pytest.fixture(scope="module")
def path(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("int8") / "float32.onnx"
    onnx.save(network, path)
    return path


@pytest.fixture(scope="module")
def int8(path):
    return to_int8(path, ({"image": batch} for batch in images(8, 1)))


def by_onnxruntime(content, batch):
    return onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"]).run(None, {"image": batch})


def by_openvino(content, batch):
    core = openvino.Core()
    answers = core.compile_model(core.read_model(content, b""), "CPU")({"image": batch})
    return list(answers.values())


@pytest.mark.parametrize("run", [by_onnxruntime, by_openvino])
def test_answers_are_near_those_of_float32_on_images_it_has_not_seen(int8, network, run):
    for batch in images(3, 2):
        exact = by_onnxruntime(network.SerializeToString(), batch)
        for answer, wanted in zip(run(int8, batch), exact, strict=True):
            assert np.abs(answer - wanted).max() < 0.1 * np.abs(wanted).max()  # a net of two layers, untrained
            assert not np.array_equal(answer, wanted)


def test_it_is_what_tensorrt_takes(int8):
    """Symmetric int8 with positive scales, no int32, no quantised ReLU input, the last layers in float32."""
    model = onnx.load_from_string(int8)
    weights = {w.name: numpy_helper.to_array(w) for w in model.graph.initializer}
    maker = {name: node for node in model.graph.node for name in node.output}
    users = [node for node in model.graph.node if node.op_type in ("QuantizeLinear", "DequantizeLinear")]
    assert users
    for node in users:
        scale, zero = weights[node.input[1]], weights[node.input[2]]
        assert (scale > 0).all()
        assert zero.dtype == np.int8
        assert scale.shape == zero.shape
        assert not zero.any()
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear":
            assert maker[node.input[0]].op_type != "Conv"
        if node.op_type == "Conv":
            assert [maker[name].op_type for name in node.input[:2]] == ["DequantizeLinear"] * 2
            assert weights[maker[node.input[1]].input[0]].dtype == np.int8
            assert weights[maker[node.input[1]].input[1]].shape == (weights[node.input[2]].size,)  # one a channel
            assert weights[node.input[2]].dtype == np.float32  # the bias
        if node.op_type == "Gemm":
            assert weights[node.input[1]].dtype == np.float32
    assert TensorProto.INT32 not in {w.data_type for w in model.graph.initializer}
    assert {o.domain for o in model.opset_import if o.version and o.domain} <= {"com.microsoft", "ai.onnx.ml"}
    assert {n.domain for n in model.graph.node} == {""}


def test_the_last_layers_can_be_quantised_too(path, int8):
    every = to_int8(path, [{"image": batch} for batch in images(2, 1)], last=True)
    kinds = [w.data_type for w in onnx.load_from_string(every).graph.initializer]
    assert kinds.count(TensorProto.INT8) > 0
    assert len(every) < 0.5 * len(int8) < len(int8)


def test_a_channel_that_is_all_zero_has_a_scale(network, tmp_path):
    model = onnx.ModelProto()
    model.CopyFrom(network)
    (weight,) = [w for w in model.graph.initializer if w.name == "w1"]
    array = numpy_helper.to_array(weight).copy()
    array[3] = 0
    weight.CopyFrom(numpy_helper.from_array(array, "w1"))
    onnx.save(model, tmp_path / "zero.onnx")
    batch = images(1, 4)[0]
    quantised = to_int8(tmp_path / "zero.onnx", [{"image": batch}])
    assert np.isfinite(by_onnxruntime(quantised, batch)[0]).all()


def test_the_file_that_was_given_stays_and_nothing_is_said(path, caplog, capfd):
    before = path.read_bytes()
    to_int8(path, [{"image": images(1, 1)[0]}])
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    assert not caplog.records
    assert capfd.readouterr() == ("", "")
    assert logging.root.manager.disable == logging.NOTSET


def test_batches_that_are_none_or_do_not_fit_are_refused(path):
    with pytest.raises(ModelConversionError, match="no batch to calibrate on"):
        to_int8(path, [])
    with pytest.raises(ModelConversionError, match=r"Cannot quantize .*image.*Give batches"):
        to_int8(path, [{"image": np.zeros((1, SIDE, SIDE + 1, 3), np.uint8)}])
    with pytest.raises(ModelConversionError, match="Cannot quantize"):
        to_int8(path, [{"picture": images(1, 1)[0]}])


def test_a_graph_without_weights_is_refused(tmp_path):
    model = onnx.parser.parse_model(
        '<ir_version: 8, opset_import: ["" : 18]> g (float[n, 4] x) => (float[n, 4] y) { y = Relu (x) }'
    )
    onnx.save(model, tmp_path / "relu.onnx")
    with pytest.raises(ModelConversionError, match=r"Nothing in .*relu\.onnx can be quantized"):
        to_int8(tmp_path / "relu.onnx", [{"x": np.zeros((1, 4), np.float32)}])


def test_weights_that_are_no_numbers_are_refused(network, tmp_path):
    model = onnx.ModelProto()
    model.CopyFrom(network)
    (weight,) = [w for w in model.graph.initializer if w.name == "w1"]
    weight.CopyFrom(numpy_helper.from_array(np.full_like(numpy_helper.to_array(weight), np.nan), "w1"))
    onnx.save(model, tmp_path / "nan.onnx")
    with pytest.raises(ModelConversionError, match=r"nan.onnx"):
        to_int8(tmp_path / "nan.onnx", [{"image": images(1, 1)[0]}])
