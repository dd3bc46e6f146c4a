"""The backend up to where it needs a GPU; tests/gpu has the rest."""

import onnx
import pytest
from support.graphs import image_network, image_network_model

from reloc.backends.tensorrt import PLUGIN
from reloc.backends.tensorrt.graph import graph_of, precisions_of
from reloc.errors import BackendError, BackendUnavailableError, ConfigError, ModelInputError
from reloc.models.precision import to_float16, to_float32


@pytest.fixture(scope="module")
def exact():
    return image_network()


@pytest.fixture(scope="module")
def half(exact):
    return to_float16(exact)


def model_of(folder, **graphs):
    return image_network_model(folder, {p: g.SerializeToString() for p, g in graphs.items()})


def test_what_the_folder_has_is_taken_as_it_is(tmp_path, exact, half):
    model = model_of(tmp_path / "m", float16=half, int8=exact)
    assert graph_of(model, "float16") == ("float16", half.SerializeToString())
    assert graph_of(model, "int8") == ("int8", exact.SerializeToString())


def test_auto_is_float16_made_from_float32_if_need_be(tmp_path, exact, half):
    precision, content = graph_of(model_of(tmp_path / "m", float32=exact), "auto")
    assert precision == "float16"
    assert onnx.load_from_string(content) == half
    assert graph_of(model_of(tmp_path / "m", float32=exact), "auto")[1] == content


def test_float32_is_made_from_float16(tmp_path, half):
    precision, content = graph_of(model_of(tmp_path / "m", float16=half), "float32")
    assert precision == "float32"
    assert onnx.load_from_string(content) == to_float32(half)


def test_the_best_comes_first_and_int8_only_where_there_is_a_file(tmp_path, exact, half):
    assert list(precisions_of(model_of(tmp_path / "a", float16=half, int8=exact))) == ["float16", "float32", "int8"]
    assert list(precisions_of(model_of(tmp_path / "b", float32=exact))) == ["float16", "float32"]
    assert list(precisions_of(model_of(tmp_path / "c", int8=exact))) == ["int8"]


def test_a_precision_that_cannot_be_had_is_named(tmp_path, half):
    model = model_of(tmp_path / "m", float16=half)
    with pytest.raises(BackendError, match=r"cannot run net in int8.*Available: float16, float32.*--int8"):
        graph_of(model, "int8")
    with pytest.raises(BackendError, match="in bf16"):
        graph_of(model, "bf16")


def test_values_out_of_range_are_refused():
    with pytest.raises(ConfigError, match="optimization_level=6"):
        PLUGIN.Config(optimization_level=6)


def test_batches_of_none_are_refused(tmp_path, half):
    model = model_of(tmp_path / "m", float16=half)
    for sizes in ((), (0, 1)):
        with pytest.raises(ModelInputError, match="are not possible"):
            PLUGIN.open(model, PLUGIN.Config(), batch_sizes=sizes)


def test_where_it_cannot_run_it_says_how_to_get_it(tmp_path, half):
    found = PLUGIN.availability()
    if found.usable:
        pytest.skip("TensorRT can run here: tests/gpu")
    assert found.detail
    assert found.fix
    with pytest.raises(BackendUnavailableError) as caught:
        PLUGIN.open(model_of(tmp_path / "m", float16=half), PLUGIN.Config(cache=str(tmp_path / "cache")))
    assert caught.value.problem == f"TensorRT cannot run here: {found.detail}"
    assert caught.value.fix == found.fix
    assert not (tmp_path / "cache").exists()
