import math
from itertools import pairwise

import pytest
from support.onnx_models import float32_file, small_model, write

from reloc.backends.tensorrt.timing import InputThere
from reloc.evaluation.models import bench as module
from reloc.evaluation.models.bench import TORCH, Timing, _take_turns, bench
from reloc.evaluation.models.contenders import Contender
from reloc.evaluation.models.text import table, timings


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(module, "PAUSE_S", 0.0)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return small_model(tmp_path_factory.mktemp("models") / "small")


def test_each_is_timed_as_often_as_asked_for(model):
    calls = []
    rows = list(bench(model, 25, "onnxruntime", torch=lambda: calls.append(1)))
    assert {row.contender.precision for row in rows[:-1]} == {"int8", "float32", "float16"}
    for row in rows:
        assert row.runs == 25
        assert 0 < row.p50_ms <= row.p99_ms
        assert not row.problem
    assert rows[-1].contender == TORCH
    assert rows[-1].ratio == 1.0
    assert rows[0].ratio == pytest.approx(rows[-1].p50_ms / rows[0].p50_ms)
    assert len(calls) == 25 + module.TURNS * module.UNTIMED


def test_without_torch_there_is_no_ratio(model):
    (row,) = bench(model, 10, "openvino", "float32")
    assert row.ratio is None


def test_contenders_take_turns():
    order = []
    names = {Contender(name, "float32"): (lambda name=name: order.append(name)) for name in "ab"}
    times = _take_turns(names, 20)
    assert [len(t) for t in times.values()] == [20, 20]
    changes = sum(x != y for x, y in pairwise(order))
    assert changes == 2 * module.TURNS - 1


def test_fewer_runs_than_turns():
    assert [len(t) for t in _take_turns({TORCH: lambda: None}, 3).values()] == [3]


def test_one_that_fails_does_not_end_it(tmp_path):
    model = write(tmp_path / "m", {"float32": float32_file(), "int8": b"broken"})
    rows = {row.contender.precision: row for row in bench(model, 10, "onnxruntime")}
    assert "ONNX file" in rows["int8"].problem
    assert math.isnan(rows["int8"].p50_ms)
    assert rows["float32"].runs == 10
    assert "int8: ONNX Runtime cannot load" in timings(list(rows.values()))


def test_gpus_tell_what_is_launch_overhead(model, monkeypatch):
    from reloc.backends.lanes import LaneSession

    inside = InputThere(1, 0.8, 0.9, 1.2, 1.3, 0.6)
    monkeypatch.setattr(LaneSession, "time_inside", lambda self, batch: inside, raising=False)
    (row,) = bench(model, 10, "onnxruntime", "float32")
    assert row.inside_ms == 0.8
    assert row.launch_share == pytest.approx(0.25)
    text = timings([row, Timing(TORCH, "CPU", 5.0, 6.0, 10, 1.0)])
    assert "inside ms" in text
    assert "0.800" in text
    assert "25%" in text


def test_a_table_aligns_figures_to_the_right():
    assert table(["name", "ms"], [["a", "1.5"], ["long", "10.25"], ["none", "-"]]).splitlines() == [
        "name     ms",
        "a       1.5",
        "long  10.25",
        "none      -",
    ]
