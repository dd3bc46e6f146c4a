"""The fastest way to run a network: measured once, then known, and never at the cost of a start."""

from __future__ import annotations

import json
import math
import time

import numpy as np
import pytest
from support.onnx_models import small_model

from reloc.backends import choice
from reloc.backends.backend import Availability
from reloc.backends.choice import choose, measured_times, open_session
from reloc.backends.hardware.processor import Processor
from reloc.backends.measured import race, stopwatch, times_file
from reloc.backends.measured.race import Allowance, fastest
from reloc.backends.onnxruntime.backend import OnnxRuntime
from reloc.backends.openvino import OpenVino
from reloc.errors import BackendError, DependencyError, ModelInputError, UnsupportedOperatorError

SLOW_BF16 = {"openvino:bf16": 17.5, "openvino:float32": 11.9, "onnxruntime:float32": 14.0}


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("RELOC_BACKEND", "auto")


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return small_model(tmp_path_factory.mktemp("models") / "small", "float16")


@pytest.fixture
def machine(monkeypatch):
    """A processor with BF16 whose times are as told; what was opened and closed is written down."""
    import openvino

    monkeypatch.setattr(openvino.Core, "get_property", lambda self, device, name: ["FP32", "BF16"])
    for name in ("openvino", "onnxruntime.backend"):
        monkeypatch.setattr(f"reloc.backends.{name}.processor", lambda: Processor("AVX-512 BF16", "", ""))
    opened, closed = [], []

    class Open:
        device, batch_sizes = "CPU", (1,)

        def __init__(self, backend, precision, batch_sizes):
            self.backend, self.precision, self.batch_sizes = backend, precision, batch_sizes

        def run(self, batch):
            return {}

        def buffers(self, batch):
            return {}

        def close(self):
            closed.append(f"{self.backend}:{self.precision}")

    def use(times, failing=()):
        def opener(plugin):
            def open_(cls, model, config=None, *, precision="auto", batch_sizes=(1,), log=print):
                opened.append(f"{plugin.name}:{precision}")
                for error in (dict(failing).get(opened[-1]),):
                    if error:
                        raise error
                return Open(plugin.name, precision, batch_sizes)

            return classmethod(open_)

        for plugin in (OpenVino, OnnxRuntime):
            there = Availability(True, f"{plugin.name} 1.0", device="CPU")
            monkeypatch.setattr(plugin, "availability", classmethod(lambda cls, there=there: there))
            monkeypatch.setattr(plugin, "open", opener(plugin))
        monkeypatch.setattr(race, "milliseconds", lambda session: times[f"{session.backend}:{session.precision}"])
        opened.clear()
        closed.clear()
        return opened, closed

    return use


def test_the_fastest_is_taken_not_the_one_with_the_flag(machine, model):
    opened, closed = machine(SLOW_BF16)
    assert choose(model).precision == "bf16"  # nothing is measured yet
    said = []
    session = open_session(model, allowance=Allowance(math.inf), log=said.append)
    assert (session.backend, session.precision) == ("openvino", "float32")
    assert opened == ["openvino:bf16", "openvino:float32", "onnxruntime:float32"]
    assert closed == ["openvino:bf16", "onnxruntime:float32"]
    assert "openvino in bf16 17.5 ms, openvino in float32 11.9 ms, onnxruntime in float32 14.0 ms" in said[-1]


def test_the_next_start_knows(machine, model):
    machine(SLOW_BF16)
    open_session(model, allowance=Allowance(math.inf)).close()
    opened, _ = machine(SLOW_BF16)
    assert open_session(model).precision == "float32"
    assert opened == ["openvino:float32"]
    chosen = choose(model)
    assert (chosen.backend, chosen.precision) == ("openvino", "float32")
    assert "measured here: openvino in bf16 17.5 ms" in chosen.reason
    assert measured_times(model) == {"batches of 1": chosen.reason}


def test_compiling_ahead_of_time_measures_anew(machine, model):
    machine(SLOW_BF16)
    open_session(model, allowance=Allowance(math.inf)).close()
    opened, _ = machine(SLOW_BF16 | {"openvino:bf16": 5.0})
    assert open_session(model, allowance=Allowance(math.inf, anew=True)).precision == "bf16"
    assert len(opened) == 3
    assert choose(model).precision == "bf16"


def test_nothing_left_to_spend_means_what_was_expected_and_the_next_start_goes_on(machine, model):
    opened, _ = machine(SLOW_BF16)
    assert open_session(model, allowance=Allowance(0.0)).precision == "bf16"
    assert opened == ["openvino:bf16"]
    assert "openvino in float32 not yet" in choose(model).reason
    opened, _ = machine(SLOW_BF16)
    assert open_session(model, allowance=Allowance(0.5)).precision == "float32"
    assert opened == ["openvino:bf16", "openvino:float32", "onnxruntime:float32"]


def test_a_start_is_held_up_by_one_opening_beyond_the_allowance_at_most(machine, model, monkeypatch):
    opened, _ = machine(SLOW_BF16)
    slow = race.milliseconds

    def milliseconds(session):
        time.sleep(0.05)
        return slow(session)

    monkeypatch.setattr(race, "milliseconds", milliseconds)
    allowance = Allowance(0.01)
    open_session(model, allowance=allowance)
    assert opened == ["openvino:bf16", "openvino:float32"]
    assert allowance.left < 0.0


def test_a_busy_machine_decides_nothing_and_keeps_nothing(machine, model):
    """A time may be missing of each: what was expected is taken, and the next start measures what is missing."""
    for missing in SLOW_BF16:
        times_file.path().unlink(missing_ok=True)
        machine(SLOW_BF16 | {missing: None})
        said = []
        session = open_session(model, allowance=Allowance(math.inf), log=said.append)
        expected = {"openvino:bf16": ("openvino", "bf16"), "openvino:float32": ("onnxruntime", "float32")}
        assert (session.backend, session.precision) == expected.get(missing, ("openvino", "float32"))
        assert any("too busy to time" in line for line in said)
        assert missing not in json.loads(times_file.path().read_text())["entries"][0]["ms"]
        machine(SLOW_BF16)
        assert open_session(model, allowance=Allowance(math.inf)).precision == "float32"
        assert (choose(model).backend, choose(model).precision) == ("openvino", "float32")


def test_a_run_that_waits_for_a_core_is_no_time():
    class Session:
        batch_sizes = (1,)

        def buffers(self, batch):
            return {}

        def run(self, batch):
            time.sleep(0.01)  # as if others had the core

    assert stopwatch.milliseconds(Session()) is None


def test_of_two_alike_the_more_exact_is_taken(machine, model):
    machine({"openvino:bf16": 10.0, "openvino:float32": 10.3, "onnxruntime:float32": 20.0})
    assert open_session(model, allowance=Allowance(math.inf)).precision == "float32"


@pytest.mark.parametrize(
    "error",
    [
        UnsupportedOperatorError("no operator Mystery"),
        BackendError("no"),
        DependencyError("the package onnx is missing"),
    ],
)
def test_what_does_not_run_is_passed_over(machine, model, error):
    opened, _ = machine(SLOW_BF16, {"openvino:bf16": error, "onnxruntime:float32": error})
    assert open_session(model, allowance=Allowance(math.inf)).precision == "float32"
    opened, _ = machine(SLOW_BF16, {"openvino:bf16": error, "onnxruntime:float32": error})
    open_session(model, allowance=Allowance(math.inf))
    # What lacks an operator lacks it tomorrow; other reasons may have passed.
    again = sorted(["openvino:bf16", "onnxruntime:float32"])
    wanted = [] if isinstance(error, UnsupportedOperatorError) else again
    assert sorted(opened) == sorted(["openvino:float32", *wanted])


def test_what_runs_again_is_measured_and_the_faster_one_is_still_taken(machine, model):
    machine(SLOW_BF16, {"openvino:bf16": BackendError("no memory")})
    open_session(model, allowance=Allowance(math.inf)).close()
    opened, closed = machine(SLOW_BF16)
    assert open_session(model, allowance=Allowance(math.inf)).precision == "float32"
    assert opened == ["openvino:bf16", "openvino:float32"]
    assert closed == ["openvino:bf16"]


def test_where_nothing_runs_the_first_reason_is_told(machine, model):
    errors = {key: BackendError(f"{key} is broken") for key in SLOW_BF16}
    machine(SLOW_BF16, errors)
    with pytest.raises(BackendError, match="openvino:bf16 is broken"):
        open_session(model)


def test_the_models_own_fault_is_told_at_once(machine, model):
    opened, _ = machine(SLOW_BF16, {"openvino:bf16": ModelInputError("another input")})
    with pytest.raises(ModelInputError):
        open_session(model)
    assert opened == ["openvino:bf16"]


@pytest.mark.parametrize(
    ("force", "parameters", "wanted"),
    [
        ("unmeasured", {}, ("openvino", "bf16")),
        ("onnxruntime", {}, ("onnxruntime", "float32")),
        ("openvino:bf16", {}, ("openvino", "bf16")),
        ("openvino:bf16", {"backend": "onnxruntime"}, ("onnxruntime", "float32")),
        ("openvino:bf16", {"precision": "float32"}, ("openvino", "float32")),
        ("auto", {"precision": "bf16"}, ("openvino", "bf16")),
        ("auto", {"backend": "openvino", "precision": "bf16"}, ("openvino", "bf16")),
        ("auto", {"backend": "openvino"}, ("openvino", "float32")),
    ],
)
def test_the_user_may_force(machine, model, monkeypatch, force, parameters, wanted):
    machine(SLOW_BF16)
    monkeypatch.setenv("RELOC_BACKEND", force)
    session = open_session(model, **parameters)
    assert (session.backend, session.precision) == wanted


@pytest.mark.parametrize("force", ["openvinoo", "openvino:float7", ":float32", "openvino bf16", "../x"])
def test_what_forces_nothing_is_named(model, monkeypatch, force):
    monkeypatch.setenv("RELOC_BACKEND", force)
    for use in (choose, open_session):
        with pytest.raises(BackendError, match=r"RELOC_BACKEND is .*unmeasured"):
            use(model)


@pytest.mark.parametrize("other", ["batch sizes", "settings", "model", "processor", "library"])
def test_times_of_something_else_are_not_used(machine, model, monkeypatch, tmp_path, other):
    machine(SLOW_BF16)
    open_session(model, allowance=Allowance(math.inf)).close()
    again, options = model, {}
    if other == "batch sizes":
        options["batch_sizes"] = (2,)
    elif other == "settings":
        options["settings"] = {"threads": 1}
    elif other == "model":
        again = small_model(tmp_path / "other", "float32")
    elif other == "processor":
        monkeypatch.setattr("reloc.backends.measured.contenders.model_name", lambda: "Another CPU")
    else:
        there = Availability(True, "openvino 2.0", device="CPU")
        monkeypatch.setattr(OpenVino, "availability", classmethod(lambda cls: there))
    assert "measured here" not in choose(again, **options).reason


def test_a_gpu_is_taken_without_measuring(model, monkeypatch):
    there = {
        "tensorrt": Availability(True, "TensorRT 10", device="H100"),
        "openvino": Availability(True, "o", device="CPU"),
    }
    assert choice.ways(choice.BACKENDS, there, model, "auto", "auto") == []


def test_really_measured_here(model, monkeypatch):
    """No stand-in: small, but what is installed here runs it."""
    monkeypatch.setattr(stopwatch, "LEAST_SHARE", 0.0)  # tests run beside others
    session = open_session(model, allowance=Allowance(math.inf))
    assert not session.buffers(1)["image"].any()
    session.close()
    stored = json.loads(times_file.path().read_text())["entries"][0]
    measured = {key: ms for key, ms in stored["ms"].items() if ms is not None}
    assert {"openvino:float32", "onnxruntime:float32"} <= set(measured)
    assert all(0 < ms < 1000 for ms in measured.values())
    assert f"{session.backend}:{session.precision}" in measured
    began = stopwatch.milliseconds(open_session(model))
    assert math.isfinite(began)
    assert began > 0


def test_fastest_of_nothing_is_none():
    assert fastest([], {"openvino:float32": 1.0}) is None


def test_sessions_are_filled_with_noise_and_left_clean(monkeypatch):
    monkeypatch.setattr(stopwatch, "LEAST_SHARE", 0.0)  # tests run beside others
    seen = []

    class Session:
        batch_sizes = (1, 3)

        def __init__(self):
            self.arrays = {
                b: {"image": np.zeros((b, 4, 4), np.uint8), "index": np.zeros((b, 2), np.int64)} for b in (1, 3)
            }

        def buffers(self, batch):
            return self.arrays[batch]

        def run(self, batch):
            seen.append((batch, self.arrays[batch]["image"].any(), self.arrays[batch]["index"].any()))

    session = Session()
    assert stopwatch.milliseconds(session) > 0
    assert {batch for batch, _, _ in seen} == {1, 3}
    assert all(image and not index for _, image, index in seen)
    assert not any(array.any() for arrays in session.arrays.values() for array in arrays.values())
