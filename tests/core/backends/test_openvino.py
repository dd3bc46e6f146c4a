import os
import subprocess
import sys
from pathlib import Path

import openvino
import pytest
from support.onnx_models import images, small_model

from reloc.backends.feeding import answer
from reloc.backends.openvino import PLUGIN, OpenVinoConfig, _brief
from reloc.errors import BackendUnavailableError, ConfigError
from reloc.threads import usable_cores


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return small_model(tmp_path_factory.mktemp("models") / "small")


@pytest.fixture
def compiled(monkeypatch):
    """The compiled networks of sessions that are opened from now on."""
    made = []
    real = openvino.Core.compile_model

    def compile_model(self, *args):
        made.append(real(self, *args))
        return made[-1]

    monkeypatch.setattr(openvino.Core, "compile_model", compile_model)
    return made


def test_importing_openvino_tells_nobody_and_writes_nothing_into_the_home(tmp_path):
    code = "from reloc.backends.openvino import PLUGIN; import sys; print(PLUGIN.availability().usable)"
    environment = {**os.environ, "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
    assert not list(tmp_path.iterdir())


def test_openvino_is_told_what_matters_for_one_image_at_a_time(model, compiled):
    PLUGIN.open(model, OpenVinoConfig(threads=1), precision="float32", batch_sizes=(1, 2)).close()
    PLUGIN.open(model, OpenVinoConfig(), precision="float32").close()
    for network in compiled:
        assert network.get_property("PERFORMANCE_HINT") == "LATENCY"
        assert network.get_property("INFERENCE_PRECISION_HINT") == openvino.Type.f32
    assert [n.get_property("INFERENCE_NUM_THREADS") for n in compiled] == [1, 1, usable_cores()]
    shapes = [list(n.input("image").get_partial_shape().to_shape()) for n in compiled]
    assert shapes == [[1, 32, 32, 3], [2, 32, 32, 3], [1, 32, 32, 3]]


def test_bf16_is_bf16(model, compiled):
    if "bf16" not in PLUGIN.precisions(model):
        pytest.skip("the processor has no bf16")
    session = PLUGIN.open(model, OpenVinoConfig(), precision="bf16")
    assert session.precision == "bf16"
    assert compiled[0].get_property("INFERENCE_PRECISION_HINT") == openvino.Type.bf16
    session.close()


def test_the_cache_is_used_where_a_folder_is_named(model, tmp_path):
    folder = tmp_path / "compiled"
    first = PLUGIN.open(model, OpenVinoConfig(cache=str(folder)), precision="float32")
    kept = list(folder.glob("*.blob"))
    assert kept
    second = PLUGIN.open(model, OpenVinoConfig(cache=str(folder)), precision="float32")
    assert list(folder.glob("*.blob")) == kept
    batch = {"image": images(1)}
    assert (answer(first, batch)["position"] == answer(second, batch)["position"]).all()
    for session in (first, second):
        session.close()


def test_without_the_package(monkeypatch, model):
    monkeypatch.setitem(sys.modules, "openvino", None)
    there = PLUGIN.availability()
    assert not there.usable
    assert (there.detail, there.fix) == ("the package openvino is not installed", "pip install openvino")
    with pytest.raises(BackendUnavailableError, match="not installed"):
        PLUGIN.open(model, OpenVinoConfig())


def test_a_broken_package_and_one_without_processors(monkeypatch):
    def broken():
        raise RuntimeError("Cannot load library libopenvino_intel_cpu_plugin.so")

    monkeypatch.setattr("reloc.backends.openvino._core", broken)
    there = PLUGIN.availability()
    assert not there.usable
    assert "libopenvino_intel_cpu_plugin.so" in there.detail
    assert "Reinstall" in there.fix
    monkeypatch.setattr("reloc.backends.openvino._core", lambda: type("Core", (), {"available_devices": ["GPU"]}))
    assert not PLUGIN.availability().usable


def test_parameters_are_checked():
    with pytest.raises(ConfigError, match="threads=-1"):
        OpenVinoConfig(threads=-1)


def test_of_openvinos_messages_the_cause_is_told():
    text = (
        "Exception from src/inference/src/cpp/core.cpp:105:\n"
        "Check 'false' failed at src/frontends/onnx.cpp:151:\nIt is too deep.\n\n"
    )
    assert _brief(RuntimeError(text)) == "It is too deep."
    assert _brief(RuntimeError("Exception from a.cpp:1:")) == "Exception from a.cpp:1:"


def test_ctrl_c_after_a_session_of_another_thread(tmp_path):
    """OpenVINO's other stack for signals must not go with the session that brought it: the next signal would crash."""
    program = """
import gc, signal, sys, threading
from pathlib import Path
from support.onnx_models import small_model
from reloc.backends.choice import open_session

model = small_model(Path(sys.argv[1]) / "model")
held = [open_session(model, "openvino")]
held[0].run(1)

def close():
    held.pop().close()
    gc.collect()

thread = threading.Thread(target=close)
thread.start()
thread.join()
caught = []
signal.signal(signal.SIGINT, lambda *_: caught.append(True))
signal.raise_signal(signal.SIGINT)
assert caught
"""
    path = os.pathsep.join([str(Path(__file__).parents[2]), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], env={**os.environ, "PYTHONPATH": path}, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, (done.returncode, done.stderr[-2000:])
