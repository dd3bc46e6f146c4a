"""TensorRT on a GPU: parity, the engine's cache, CUDA graphs, memory, errors. Builds take some seconds each."""

import json
import threading

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper
from support.graphs import SIDE, image_network, image_network_model

from reloc.backends.backend import Availability
from reloc.backends.tensorrt.cache import EngineFile
from reloc.errors import (
    BackendError,
    BackendUnavailableError,
    EngineCacheError,
    GpuMemoryError,
    ModelFormatError,
    ModelInputError,
    UnsupportedOperatorError,
)
from reloc.models.model import Model
from reloc.models.precision import to_float16, to_float32
from reloc.models.quantize import to_int8
from reloc.models.tensor import TensorSpec
from reloc.models.writing import write_model

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(600)]
LIMITS = {"float32": 1e-4, "float16": 0.02, "int8": 0.15}  # of the largest value of an output


def pictures(batch, seed):
    coarse = np.random.default_rng(seed).integers(0, 255, (batch, 4, 4, 3))
    return np.kron(coarse, np.ones((1, SIDE // 4, SIDE // 4, 1))).astype(np.uint8)


@pytest.fixture(scope="module")
def exact():
    return image_network()


@pytest.fixture(scope="module")
def model(exact, tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    onnx.save(exact, folder / "exact.onnx")
    files = {
        "float16": to_float16(exact).SerializeToString(),
        "int8": to_int8(folder / "exact.onnx", [{"image": pictures(4, seed)} for seed in range(8)]),
    }
    return image_network_model(folder / "net", files)


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("engines")


@pytest.fixture
def opened(tensorrt, model, cache):
    """Opens sessions that are closed at the end, and keeps what they log."""
    sessions = []

    def opened(said=None, of=model, precision="float16", batch_sizes=(1, 4), **settings):
        config = tensorrt.Config(**{"cache": str(cache), **settings})
        log = [].append if said is None else said.append
        session = tensorrt.open(of, config, precision=precision, batch_sizes=batch_sizes, log=log)
        sessions.append(session)
        return session

    yield opened
    for session in sessions:
        session.close()


def reference(exact, images):
    session = onnxruntime.InferenceSession(exact.SerializeToString(), providers=["CPUExecutionProvider"])
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, {"image": images}), strict=True))


def answers(session, images):
    session.buffers(len(images))["image"][...] = images
    return {name: array.copy() for name, array in session.run(len(images)).items()}


def engines(cache):
    return sorted(cache.glob("*.engine"))


def test_the_machine_is_described(tensorrt):
    found = tensorrt.availability()
    assert isinstance(found, Availability)
    assert found.device
    assert "TensorRT" in found.detail


@pytest.mark.parametrize("precision", list(LIMITS))
def test_it_answers_what_float32_answers_on_a_processor(opened, exact, precision):
    if precision == "float32":
        exact = to_float32(to_float16(exact))  # made from the float16 file, whose weights are rounded
    session = opened(precision=precision)
    assert (session.backend, session.precision, session.batch_sizes) == ("tensorrt", precision, (1, 4))
    for batch, seed in ((1, 20), (4, 21), (1, 22)):
        images = pictures(batch, seed)
        for name, wanted in reference(exact, images).items():
            error = np.abs(answers(session, images)[name] - wanted).max()
            assert error < LIMITS[precision] * np.abs(wanted).max(), name


def test_auto_is_float16(opened):
    assert opened(precision="auto").precision == "float16"


def test_with_and_without_a_cuda_graph_the_answers_are_the_same(opened):
    said = []
    images = pictures(4, 30)
    of_graph, plain = answers(opened(said), images), answers(opened(cuda_graph=False), images)
    assert not [text for text in said if "no CUDA graph" in text]
    for name, answer in of_graph.items():
        np.testing.assert_allclose(answer, plain[name], rtol=1e-3, atol=1e-5)


def test_buffers_are_what_the_network_reads_and_outputs_cannot_be_written(opened):
    session = opened()
    buffer = session.buffers(1)["image"]
    assert (buffer.shape, buffer.dtype) == ((1, SIDE, SIDE, 3), np.uint8)
    assert session.buffers(1)["image"] is buffer
    buffer[...] = pictures(1, 1)
    first = session.run(1)["position"].copy()
    buffer[...] = pictures(1, 2)
    outputs = session.run(1)
    assert not np.array_equal(outputs["position"], first)
    assert outputs["position"].dtype == np.float32
    with pytest.raises(ValueError, match="read-only"):
        outputs["position"][0, 0] = 1
    np.testing.assert_allclose(np.linalg.norm(outputs["rotation"], axis=1), 1, atol=1e-3)


def test_views_outlive_the_session(opened):
    session = opened()
    buffer = session.buffers(4)["image"]
    answer = session.run(4)["position"]
    session.close()
    session.close()
    buffer[...] = 7
    assert buffer.sum() == 7 * buffer.size
    assert np.isfinite(answer).all()
    with pytest.raises(BackendError, match="closed"):
        session.run(1)


def test_another_batch_size_is_refused(opened):
    with pytest.raises(BackendError, match=r"opened for batches of 1, 4, not of 2"):
        opened().buffers(2)


def test_another_thread_may_run_it(opened):
    session = opened()
    images = pictures(1, 3)
    wanted = answers(session, images)
    got = {}
    thread = threading.Thread(target=lambda: got.update(answers(session, images)))
    thread.start()
    thread.join()
    for name, answer in wanted.items():
        np.testing.assert_array_equal(got[name], answer)


def test_an_engine_is_built_once(opened, tmp_path):
    first, second = [], []
    opened(first, cache=str(tmp_path))
    opened(second, cache=str(tmp_path))
    assert "There is no engine" in first[0]
    assert any("builds 'net' (float16, batches of 1, 4)" in text for text in first)
    assert any(text.startswith("built in") for text in first)
    assert second == []
    assert len(engines(tmp_path)) == 1
    assert len(list(tmp_path.glob("*.times"))) == 1


def test_without_permission_nothing_is_built(opened, tmp_path):
    with pytest.raises(EngineCacheError, match="There is no engine"):
        opened(cache=str(tmp_path), build=False)


def test_an_engine_that_is_cut_off_is_built_again(opened, tmp_path):
    opened(cache=str(tmp_path))
    (engine,) = engines(tmp_path)
    engine.write_bytes(engine.read_bytes()[:-1000])
    said = []
    session = opened(said, cache=str(tmp_path))
    assert "is cut off" in said[0]
    assert np.isfinite(answers(session, pictures(1, 1))["position"]).all()


def test_an_engine_of_another_tensorrt_is_built_again(opened, tmp_path):
    opened(cache=str(tmp_path))
    (engine,) = engines(tmp_path)
    head, header, content = engine.read_bytes().split(b"\n", 2)
    values = json.loads(header)
    values["key"]["tensorrt"] = "10.0.1"
    engine.write_bytes(b"\n".join((head, json.dumps(values).encode(), content)))
    said = []
    opened(said, cache=str(tmp_path))
    assert "TensorRT was 10.0.1, is" in said[0]


def test_what_tensorrt_itself_refuses_is_built_again(opened, tmp_path):
    """Whole by header and checksum, and yet no engine."""
    opened(cache=str(tmp_path))
    (path,) = engines(tmp_path)

    class Key:
        """The key that stands in the file."""

        @staticmethod
        def to_json():
            return json.loads(path.read_bytes().split(b"\n", 2)[1])["key"]

    EngineFile(path).write(Key, b"no engine" * 1000)
    said = []
    session = opened(said, cache=str(tmp_path))
    assert "TensorRT refuses the engine" in said[0]
    assert np.isfinite(answers(session, pictures(1, 1))["position"]).all()


def test_the_share_of_launching_is_measured(opened):
    session = opened()
    before = answers(session, pictures(1, 5))
    times = session.time_inside(1)
    assert 0 < times.busy_ms <= times.graph_p50_ms * 1.5
    assert 0 < times.graph_p50_ms <= times.graph_p99_ms
    assert times.graph_p50_ms < times.plain_p99_ms
    assert 0 <= times.launch_share <= times.launch_share_plain + 0.2
    after = session.run(1)
    for name, answer in before.items():
        np.testing.assert_allclose(after[name], answer, rtol=1e-3, atol=1e-5)


def one_operator(folder, operator, *, shape=(4, 4), out=(), content=None):
    node = helper.make_node(operator, ["x"], ["y"], name="odd")
    graph = helper.make_graph(
        [node],
        "odd",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", *out])],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
    return write_model(
        folder,
        name="odd",
        kind="test",
        onnx_files={"float32": content or made.SerializeToString()},
        inputs=[TensorSpec("x", "float32", (None, *shape))],
        outputs=[TensorSpec("y", "float32", (None, *out))],
        camera=None,
        world=None,
        metadata={},
        card_markdown="",
    )


def test_an_operator_that_tensorrt_lacks_is_named(opened, tmp_path):
    odd = one_operator(tmp_path / "odd", "Det")
    with pytest.raises(UnsupportedOperatorError, match="Det"):
        opened(of=odd, precision="float32")


def test_a_file_that_is_no_graph_is_named(opened, tmp_path):
    broken = one_operator(tmp_path / "broken", "Relu", out=(4, 4), content=b"\x08no graph at all" * 20)
    with pytest.raises((ModelFormatError, BackendError), match=r"cannot (read|build)"):
        opened(of=broken, precision="float32")


def test_another_interface_than_model_json_says_is_refused(opened, tmp_path, model):
    values = model.path / "model.json"
    other = tmp_path / "other"
    other.mkdir()
    for file in model.path.iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    (other / "model.json").write_text(values.read_text().replace('"position"', '"place"'))
    with pytest.raises(ModelInputError, match="place"):
        opened(of=Model.open(other))


def test_want_of_memory_is_named(tensorrt):
    from reloc.backends.tensorrt.cuda import Buffer

    with pytest.raises(GpuMemoryError, match="cudaErrorMemoryAllocation"):
        Buffer((1 << 50,), np.uint8)


def test_a_gpu_that_is_not_there_is_named(opened):
    with pytest.raises(BackendUnavailableError, match="no GPU number 63"):
        opened(device=63)


def test_memory_of_the_gpu_is_given_back(opened):
    """Opening and closing many times costs nothing that stays."""
    from cuda.bindings import runtime

    def free():
        return runtime.cudaMemGetInfo()[1]

    opened().close()
    before = free()
    for _ in range(10):
        session = opened()
        session.run(4)
        session.close()
    assert before - free() < 32 << 20
