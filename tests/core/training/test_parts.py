import json
import math

import pytest
import torch
from torch import nn

from reloc.errors import TrainingError
from reloc.training.arithmetic import choose
from reloc.training.distributed import TrainingProcesses, world
from reloc.training.early_stopping import EarlyStopping
from reloc.training.ema import MovingAverage
from reloc.training.run import TrainingRun
from reloc.training.seeds import generator, seed_torch


def test_stop_after_so_many_looks_without_a_better_score():
    stopping = EarlyStopping(2)
    for score, best, exhausted in ((3.0, True, False), (4.0, False, False), (2.0, True, False), (2.0, False, False)):
        assert stopping.update(score, 10) is best
        assert stopping.exhausted is exhausted
    again = EarlyStopping(2)
    again.load(stopping.state())
    assert not again.update(math.nan, 20)
    assert again.exhausted


def test_without_patience_it_never_stops():
    stopping = EarlyStopping(0)
    for step in range(100):
        stopping.update(float(step), step)
    assert not stopping.exhausted


def test_the_average_follows_weights_and_copies_counters():
    network = nn.Sequential(nn.Linear(1, 1, bias=False), nn.BatchNorm1d(1))
    network[0].weight.data.fill_(0.0)
    average = MovingAverage(network, 0.9)
    network[0].weight.data.fill_(1.0)
    network[1].num_batches_tracked.fill_(7)
    average.update(network, 1_000_000)
    assert float(average.network[0].weight) == pytest.approx(0.1)
    assert int(average.network[1].num_batches_tracked) == 7
    average.update(network, 0)  # at first it is all but the weights themselves
    assert float(average.network[0].weight) == pytest.approx(0.91)
    assert network[0].weight.item() == 1.0


def test_a_place_has_its_own_numbers():
    assert generator(1, 2, 3).random() == generator(1, 2, 3).random()
    assert len({generator(*place).random() for place in ((1, 2, 3), (1, 2, 4), (1, 3, 3), (2, 2, 3))}) == 4
    seed_torch(5, 6)
    first = torch.rand(3)
    seed_torch(5, 6)
    assert torch.equal(first, torch.rand(3))


def test_arithmetic():
    cpu = torch.device("cpu")
    assert choose("float32", cpu) is None
    assert choose("bf16", cpu) is torch.bfloat16
    assert choose("auto", cpu) in (None, torch.bfloat16)


def test_one_process_is_a_world_of_its_own():
    with world("cpu", threads=1) as here:
        assert here == TrainingProcesses()
        assert torch.get_num_threads() == 1
        assert here.largest([1.0, -2.0]) == here.mean([1.0, -2.0]) == here.from_first([1.0, -2.0]) == [1.0, -2.0]


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is there")
def test_a_gpu_that_is_not_there():
    with pytest.raises(TrainingError, match="no GPU"), world("cuda"):
        pass


def test_a_run_is_begun_once(tmp_path):
    TrainingRun.create(tmp_path / "run", {"task": "small"})
    with pytest.raises(TrainingError, match=r"already.*--resume"):
        TrainingRun.create(tmp_path / "run", {"task": "small"})
    opened = TrainingRun.open(tmp_path / "run")
    opened.note(steps=5)
    assert json.loads((tmp_path / "run" / "run.json").read_text()) == {"format": 1, "task": "small", "steps": 5}


@pytest.mark.parametrize("content", [None, "{", "[]", '{"format": 7}'])
def test_no_run(tmp_path, content):
    if content is not None:
        (tmp_path / "run.json").write_text(content)
    with pytest.raises(TrainingError, match=r"no training run|cannot be read|not of format 1"):
        TrainingRun.open(tmp_path)


def test_only_one_process_trains_in_a_run(tmp_path):
    run = TrainingRun.create(tmp_path, {})
    with run.locked(), pytest.raises(TrainingError, match="Another process"), TrainingRun.open(tmp_path).locked():
        pass
    with run.locked():
        pass
