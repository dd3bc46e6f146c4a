"""What every backend promises, whoever wrote it: found by its file, tested without being named here."""

from __future__ import annotations

import dataclasses
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.backends import NAMES, opened
from support.graphs import SIDE
from support.onnx_models import (
    OUTPUTS,
    float32_file,
    images,
    reference,
    small_model,
)

from reloc import plugins
from reloc.backends import ARITHMETIC
from reloc.backends.choice import BACKENDS, choose, open_session
from reloc.backends.feeding import answer
from reloc.config import from_mapping, parameters
from reloc.errors import (
    BackendError,
    BackendUnavailableError,
    ConfigError,
)
from reloc.models.model import Model

# Of the answers' largest value. What a network of two layers loses; those that reloc ships are measured by `verify`.
TOLERANCE = {"float32": 1e-5, "float16": 0.01, "bf16": 0.03, "int8": 0.1}


def check_near(got: dict[str, Any], wanted: dict[str, Any], precision: str) -> None:
    assert set(got) == set(wanted)
    for name, exact in wanted.items():
        np.testing.assert_allclose(got[name], exact, atol=TOLERANCE[precision] * np.abs(exact).max(), err_msg=name)


def test_there_are_backends() -> None:
    assert {"openvino", "onnxruntime", "tensorrt"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_plugin_says_what_it_is(name: str) -> None:
    plugin = plugins.load(BACKENDS, name)
    assert plugin.name == name
    assert plugin.__doc__
    assert dataclasses.is_dataclass(plugin.Config)
    assert plugin.Config.__dataclass_params__.frozen
    for parameter in parameters(plugin.Config):
        assert parameter.doc, parameter.name
        parameter.check(parameter.default)
    with pytest.raises(ConfigError):
        from_mapping(plugin.Config, {"no_such_parameter": 1})


@pytest.mark.parametrize("name", NAMES)
def test_whether_it_can_be_used_is_said_at_once(name: str) -> None:
    plugin = plugins.load(BACKENDS, name)
    plugin.availability()  # may import something
    began = time.perf_counter()
    there = plugin.availability()
    assert time.perf_counter() - began < 2.0
    assert there.detail
    assert bool(there.device) == there.usable
    assert there.usable or there.fix


@pytest.mark.parametrize("name", NAMES)
def test_what_cannot_be_used_says_why_and_how_to_get_it(name: str, model: Model) -> None:
    plugin = plugins.load(BACKENDS, name)
    there = plugin.availability()
    if there.usable:
        assert choose(model, name).backend == name
        return
    for use in (lambda: choose(model, name), lambda: open_session(model, name), lambda: opened(plugin, model)):
        with pytest.raises(BackendUnavailableError) as error:
            use()
        assert there.detail in str(error.value)
        assert error.value.fix == there.fix


def test_answers_are_those_of_the_reference_in_every_precision(backend: Any, model: Model) -> None:
    batch = {"image": images(2)}
    wanted = reference(batch)
    precisions = backend.precisions(model)
    assert precisions
    for precision, reason in precisions.items():
        assert precision in ARITHMETIC
        assert reason
        session = opened(backend, model, (2,), precision=precision)
        assert (session.backend, session.precision) == (backend.name, precision)
        check_near(answer(session, batch), wanted, precision)
        session.close()


def test_the_best_precision_is_taken_unless_told_otherwise(backend: Any, model: Model) -> None:
    session = opened(backend, model)
    assert session.precision == next(iter(backend.precisions(model)))
    assert session.device == backend.availability().device
    session.close()


def test_a_float32_file_does_as_well(backend: Any, tmp_path: Path) -> None:
    model = small_model(tmp_path / "m", "float32")
    batch = {"image": images(1)}
    session = opened(backend, model, precision="float32")
    check_near(answer(session, batch), reference(batch, float32_file()), "float32")
    session.close()


def test_batches_of_every_size_that_was_asked_for(backend: Any, model: Model) -> None:
    session = opened(backend, model, (3, 1))
    assert sorted(session.batch_sizes) == [1, 3]
    batch = images(3)
    together = answer(session, {"image": batch})
    for i in range(3):
        alone = answer(session, {"image": batch[i : i + 1]})
        for name, values in together.items():
            np.testing.assert_allclose(values[i], alone[name][0], atol=TOLERANCE[session.precision])
    assert not np.allclose(together["position"][0], together["position"][1], atol=0.01)
    session.close()


def test_another_batch_size_is_refused_with_the_way_out(backend: Any, model: Model) -> None:
    session = opened(backend, model, (2,))
    for use in (session.buffers, session.run):
        with pytest.raises(BackendError, match=r"batches of 2, not of 1.*batch_sizes"):
            use(1)
    session.close()
    for sizes in ((), (0,), (1, -1)):
        with pytest.raises(BackendError):
            opened(backend, model, sizes)


def test_buffers_are_what_the_network_reads(backend: Any, model: Model) -> None:
    session = opened(backend, model, (2,), precision="float32")
    buffers = session.buffers(2)
    assert set(buffers) == {"image"}
    image = buffers["image"]
    assert (image.shape, image.dtype) == ((2, SIDE, SIDE, 3), np.uint8)
    assert image.flags.writeable
    assert image.flags.c_contiguous
    with pytest.raises(TypeError):
        buffers["image"] = np.zeros_like(image)  # would be ignored
    for seed in (1, 2):
        image[...] = images(2, seed)
        check_near(dict(session.run(2)), reference({"image": image.copy()}), "float32")
    image[1] = 7  # in part, and without asking for the buffers again
    check_near(dict(session.run(2)), reference({"image": image.copy()}), "float32")
    assert session.buffers(2)["image"] is image
    session.close()


def test_answers_are_read_only_and_as_model_json_says(backend: Any, model: Model) -> None:
    session = opened(backend, model, (2,))
    for spec, array in zip(OUTPUTS, (session.run(2)[spec.name] for spec in OUTPUTS), strict=True):
        assert (array.shape, array.dtype) == (spec.at(2), np.dtype(spec.dtype))
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    session.close()


def test_two_sessions_do_not_disturb_each_other(backend: Any, model: Model) -> None:
    first, second = opened(backend, model), opened(backend, model)
    alone = answer(first, {"image": images(1, 1)})
    first.buffers(1)["image"][...] = images(1, 1)
    answer(second, {"image": images(1, 2)})
    second.close()
    for name, values in first.run(1).items():
        np.testing.assert_array_equal(values, alone[name])
    first.close()


def test_it_may_be_opened_in_one_thread_and_run_in_another(backend: Any, model: Model) -> None:
    session = opened(backend, model)
    here = answer(session, {"image": images(1)})
    elsewhere: list[Any] = []
    thread = threading.Thread(target=lambda: elsewhere.append(answer(session, {"image": images(1)})))
    thread.start()
    thread.join()
    np.testing.assert_array_equal(elsewhere[0]["position"], here["position"])
    session.close()


def test_what_is_closed_is_closed(backend: Any, model: Model) -> None:
    session = opened(backend, model)
    image = session.buffers(1)["image"]
    session.close()
    session.close()
    image[...] = 1  # a view that someone kept is no trap
    for use in (session.buffers, session.run):
        with pytest.raises(BackendError, match="closed"):
            use(1)
