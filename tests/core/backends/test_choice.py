import logging

import numpy as np
import pytest
from support.counting_backend import CountingBackend
from support.onnx_models import images, small_model, unknown_operator_model

from reloc import plugins
from reloc.backends import choice
from reloc.backends.backend import Availability
from reloc.backends.choice import choose, open_session, survey
from reloc.backends.feeding import answer
from reloc.backends.hardware.processor import Processor
from reloc.backends.onnxruntime.backend import OnnxRuntime
from reloc.backends.openvino import OpenVino
from reloc.backends.tensorrt.backend import TensorRt
from reloc.errors import (
    BackendError,
    BackendUnavailableError,
    ConfigError,
    ModelInputError,
    PluginError,
    UnsupportedOperatorError,
)

COUNTING = "support.counting_backend"
NONE = Processor("", "", "")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return small_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The same without an int8 file."""
    return small_model(tmp_path_factory.mktemp("models") / "whole", "float16")


@pytest.fixture
def machine(monkeypatch):
    """Another machine: which backends there are, on which device."""

    def machine(**devices):
        for plugin in (TensorRt, OpenVino, OnnxRuntime):
            device = devices.get(plugin.name, "")
            there = Availability(bool(device), f"{plugin.name} 1.0" if device else "not installed", "get it", device)
            monkeypatch.setattr(plugin, "availability", classmethod(lambda cls, there=there: there))
        monkeypatch.setattr(TensorRt, "precisions", classmethod(lambda cls, model: {"float16": "GPUs have it"}))

    return machine


@pytest.fixture
def processor(monkeypatch):
    """Another processor."""

    def processor(bf16="", int8="", float16=""):
        for name in ("openvino", "onnxruntime.backend"):
            monkeypatch.setattr(f"reloc.backends.{name}.processor", lambda: Processor(bf16, int8, float16))

    return processor


@pytest.mark.parametrize(
    ("devices", "backend"),
    [
        ({"tensorrt": "H100", "openvino": "CPU", "onnxruntime": "H100"}, "tensorrt"),
        ({"openvino": "CPU", "onnxruntime": "H100"}, "onnxruntime"),
        ({"openvino": "CPU", "onnxruntime": "CPU"}, "openvino"),
        ({"onnxruntime": "CPU"}, "onnxruntime"),
    ],
)
def test_gpus_come_before_processors(machine, model, devices, backend):
    machine(**devices)
    chosen = choose(model)
    assert chosen.backend == backend
    assert f"{backend} 1.0 is the fastest here" in chosen.reason
    if "tensorrt" not in devices:
        assert "no tensorrt: not installed" in chosen.reason
    assert next(name for name, there in survey().items() if there.usable) == backend


def test_nothing_at_all(machine, model):
    machine()
    with pytest.raises(BackendUnavailableError, match=r"no openvino: not installed.*pip install"):
        choose(model)


@pytest.mark.parametrize(
    ("has", "of_small", "of_whole"),
    [
        ({"bf16": "AMX BF16", "int8": "AMX int8"}, "bf16", "bf16"),
        ({"int8": "AVX-512 VNNI"}, "int8", "float32"),
        ({}, "float32", "float32"),
    ],
)
def test_openvino_computes_in_what_the_processor_has(processor, monkeypatch, model, whole, has, of_small, of_whole):
    import openvino

    monkeypatch.setattr(openvino.Core, "get_property", lambda self, device, name: ["FP32", "BF16", "INT8"])
    processor(**has)
    for network, precision in ((model, of_small), (whole, of_whole)):
        chosen = choose(network, "openvino")
        assert chosen.precision == precision
        assert has.get(precision, "") in chosen.reason


def test_bf16_that_openvino_does_not_know_is_not_taken(processor, monkeypatch, whole):
    import openvino

    monkeypatch.setattr(openvino.Core, "get_property", lambda self, device, name: ["FP32"])
    processor(bf16="BF16 of an ARM")
    assert choose(whole, "openvino").precision == "float32"


def test_onnxruntime_takes_int8_where_the_processor_has_it(processor, model, whole):
    processor(bf16="AMX BF16", int8="AVX-512 VNNI")
    assert choose(model, "onnxruntime").precision == "int8"
    assert choose(whole, "onnxruntime").precision == "float32"
    processor()
    assert choose(model, "onnxruntime").precision == "float32"


def test_what_is_asked_for_is_taken_or_refused(model, whole):
    chosen = choose(model, "onnxruntime", "int8")
    assert (chosen.backend, chosen.precision) == ("onnxruntime", "int8")
    assert "was requested" in chosen.reason
    assert choose(model, precision="int8").precision == "int8"
    with pytest.raises(BackendError, match=r"onnxruntime cannot run small in bf16.*Available: .*float32"):
        choose(model, "onnxruntime", "bf16")
    with pytest.raises(BackendError, match="cannot run small in float7"):
        choose(whole, precision="float7")
    with pytest.raises(PluginError, match=r"named 'openvinoo'.*openvino"):
        choose(model, "openvinoo")


def test_the_session_is_warm_when_it_is_given(model):
    """Memory, kernels and clocks are settled by runs of every batch size that may come."""
    said = []
    session = open_session(model, COUNTING, batch_sizes=(1, 4), log=said.append)
    assert CountingBackend.runs == {1: choice.WARM_UP_RUNS, 4: choice.WARM_UP_RUNS}
    assert choice.WARM_UP_RUNS >= 3
    assert not session.buffers(4)["image"].any()
    session.close()
    assert len(said) == 1
    assert "ready in" in said[0]
    assert "counts" in said[0]


def test_the_reason_is_logged_where_no_log_is_given(model, caplog):
    with caplog.at_level(logging.INFO, "reloc.backends"):
        open_session(model, "onnxruntime").close()
    assert "small: onnxruntime in" in caplog.text


def test_settings_reach_the_backend(model):
    open_session(model, COUNTING, settings={"threads": 1}).close()
    assert CountingBackend.config.threads == 1
    with pytest.raises(ConfigError, match="no parameter 'thread'"):
        open_session(model, "onnxruntime", settings={"thread": 1})
    with pytest.raises(ConfigError, match="threads=-1"):
        open_session(model, "openvino", settings={"threads": -1})
    open_session(model, settings={"threads": 1, "of_another_backend": 7}).close()


def test_another_backend_takes_what_the_first_one_lacks(machine, monkeypatch, model):
    machine(tensorrt="H100", onnxruntime="CPU")
    monkeypatch.setattr(TensorRt, "open", CountingBackend.open)
    monkeypatch.setattr(CountingBackend, "lacks", "Mystery")
    said = []
    session = open_session(model, log=said.append)
    assert session.backend == "onnxruntime"
    assert "no operator Mystery" in said[0]
    assert "not tensorrt: it lacks an operator of small" in said[1]
    session.close()
    with pytest.raises(UnsupportedOperatorError, match="Mystery"):
        open_session(model, "tensorrt")


def test_a_network_that_nothing_can_run(tmp_path):
    with pytest.raises(UnsupportedOperatorError, match="Mystery"):
        open_session(unknown_operator_model(tmp_path / "odd"))


def test_other_errors_do_not_lead_to_another_backend(tmp_path):
    model = small_model(tmp_path / "m", "float16", name="other", outputs=[small_model(tmp_path / "n").outputs[0]])
    with pytest.raises(ModelInputError, match="rotation, which model"):
        open_session(model)


def test_a_backend_of_ones_own_works_like_any_other(model):
    plugin = plugins.load(choice.BACKENDS, COUNTING)
    assert plugin is CountingBackend
    session = open_session(model, COUNTING)
    assert np.isfinite(answer(session, {"image": images(1)})["position"]).all()
    session.close()


def test_a_plugin_whose_package_is_missing_is_not_usable(monkeypatch):
    def load(package, name):
        from reloc.errors import DependencyError

        raise DependencyError(f"{name} is gone", "get it")

    monkeypatch.setattr(choice.plugins, "load", load)
    assert all(not there.usable and there.fix == "get it" for there in survey().values())
