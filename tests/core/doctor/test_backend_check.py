import math

import pytest
from support.onnx_models import small_model

from reloc.backends.backend import Availability
from reloc.backends.choice import open_session
from reloc.backends.measured import stopwatch
from reloc.backends.measured.race import Allowance
from reloc.backends.onnxruntime.backend import OnnxRuntime
from reloc.backends.openvino import OpenVino
from reloc.backends.tensorrt.backend import TensorRt
from reloc.doctor import backend_check
from reloc.doctor.backend_check import check_backends, report
from reloc.doctor.finding import CheckState
from reloc.doctor.probe import Probe
from reloc.doctor.use import what_is_used
from reloc.models import store


def test_backends_and_the_choice_are_found():
    found = {f.name: f for f in check_backends()}
    assert {"backend openvino", "backend onnxruntime", "backend tensorrt", "chosen"} <= set(found)
    chosen = found["chosen"]
    assert chosen.state is CheckState.OK
    backend = chosen.detail.split()[0]
    assert found[f"backend {backend}"].state is CheckState.OK
    assert "is the fastest here" in chosen.detail
    assert f"networks: {chosen.detail.partition(':')[0]}" in what_is_used(list(found.values()))


def test_what_is_absent_says_how_to_get_it():
    for finding in check_backends():
        assert finding.state is CheckState.OK or finding.fix


def test_models_that_have_a_name_are_looked_at(tmp_path, monkeypatch):
    small_model(tmp_path / "room", "float32")
    small_model(tmp_path / "torn", "float32").file("float32").write_bytes(b"")
    monkeypatch.setattr(store, "places", lambda: (tmp_path,))
    choices = report()["choices"]
    assert choices["model room"]["works"]
    assert not choices["model torn"]["works"]
    assert "0 bytes" in choices["model torn"]["detail"]


def test_a_machine_without_any(monkeypatch):
    for plugin in (TensorRt, OpenVino, OnnxRuntime):
        there = Availability(False, "not installed", "get it")
        monkeypatch.setattr(plugin, "availability", classmethod(lambda cls, there=there: there))
    found = report()
    assert not any(b["usable"] for b in found["backends"].values())
    assert not found["choices"]["chosen"]["works"]
    assert "pip install openvino" in found["choices"]["chosen"]["fix"]


@pytest.mark.parametrize("output", ["killed by signal 11", "ImportError: libcudart.so"])
def test_a_library_that_crashes_does_not_take_the_doctor_with_it(monkeypatch, output):
    monkeypatch.setattr(backend_check, "run_python", lambda code: Probe(False, False, output))
    (finding,) = check_backends()
    assert finding.state is CheckState.PROBLEM
    assert output in finding.detail
    assert not any(line.startswith("networks:") for line in what_is_used([finding]))


def test_measured_times_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("RELOC_BACKEND", "auto")
    monkeypatch.setattr(stopwatch, "LEAST_SHARE", 0.0)  # tests run beside others
    model = small_model(tmp_path / "models" / "room", "float32")
    monkeypatch.setattr(store, "places", lambda: (tmp_path / "models",))
    for batch in (1, 3):
        open_session(model, batch_sizes=(batch,), allowance=Allowance(math.inf)).close()
    told = report()["choices"]["model room"]["detail"]
    assert "measured here: openvino in " in told
    assert "; batches of 3: measured here: " in told
    assert " ms" in told
