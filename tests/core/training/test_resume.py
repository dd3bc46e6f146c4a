"""Interrupted, killed, damaged: training goes on with the weights it would have had."""

import signal
import threading
import time
from dataclasses import replace

import pytest
from support.small_run import EXACT, assert_equal, trainer, weights
from support.small_task import Config

from reloc.cli.main import main
from reloc.errors import CheckpointError
from reloc.training import checkpoint, logs

TASK = Config(steps=60, dropout=0.3)
OPTIONS = ("--steps", 60, "--dropout", 0.3, "--arithmetic", "float32", "--device", "cpu", "--threads", 1)
LOGGED = ("--log-steps", 1, "--validate-steps", 20)
TRAIN = replace(EXACT, log_steps=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The run that nothing happened to."""
    folder = tmp_path_factory.mktemp("whole")
    trainer(folder, TASK, TRAIN).train()
    return folder


def without_times(folder):
    return [{k: v for k, v in e.items() if k != "seconds"} for e in logs.read(folder / "log.jsonl")]


def interrupted_after(folder, steps, config=TRAIN):
    """A run that was told to stop while it made that many steps."""
    made = trainer(folder, TASK, config)
    told = made.listener.step

    def step(done, total, figures):
        told(done, total, figures)
        if done == steps:
            signal.raise_signal(signal.SIGINT)

    made.listener.step = step
    return made.train()


@pytest.mark.parametrize("steps", [1, 20, 33, 59])
def test_interrupted_and_resumed_is_as_if_nothing_had_happened(whole, tmp_path, steps):
    outcome = interrupted_after(tmp_path, steps)
    assert (outcome.state, outcome.steps) == ("interrupted", steps)
    made = trainer(tmp_path, TASK, TRAIN)
    made.resume()
    assert made.done == steps
    assert made.train().state == "finished"
    assert_equal(weights(whole), weights(tmp_path))
    assert_equal(weights(whole, "best.pt"), weights(tmp_path, "best.pt"))
    assert without_times(whole) == without_times(tmp_path)


def test_a_moving_average_goes_on_too(tmp_path):
    config = replace(TRAIN, ema=0.95)
    trainer(tmp_path / "whole", TASK, config).train()
    interrupted_after(tmp_path / "cut", 33, config)
    made = trainer(tmp_path / "cut", TASK, config)
    made.resume()
    made.train()
    for name in ("best.pt", "last.pt"):
        assert_equal(weights(tmp_path / "whole", name), weights(tmp_path / "cut", name))


def test_killed_and_resumed_is_as_if_nothing_had_happened(whole, tmp_path, tiny_map, start, capsys):
    run = tmp_path / "run"
    slow = ("--step-s", 0.1, "--checkpoint-s", 0.7)
    process = start("train", "support.small_task", tiny_map, "--out", run, *OPTIONS, *LOGGED, *slow)
    wait_until(lambda: len(logs.read(run / "log.jsonl")) > 30)
    process.signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    saved, logged = checkpoint.load(run / "checkpoints" / "last.pt")["step"], logs.read(run / "log.jsonl")[-1]["step"]
    assert 0 < saved <= logged < 60  # mostly, some steps were done that no checkpoint knows of
    assert main(["train", "--resume", str(run)]) == 0
    assert f"from step {saved}" in capsys.readouterr().err
    assert_equal(weights(whole), weights(run))
    steps = [e["step"] for e in logs.read(run / "log.jsonl") if e["kind"] == "train"]
    assert steps == list(range(1, 61))
    losses = [[e["loss"] for e in logs.read(f / "log.jsonl") if e["kind"] == "train"] for f in (whole, run)]
    assert losses[0] == losses[1]


def test_ctrl_c_saves_and_says_how_to_go_on(tmp_path, tiny_map, start):
    run = tmp_path / "run"
    process = start("train", "support.small_task", tiny_map, "--out", run, *OPTIONS, *LOGGED, "--step-s", 0.1)
    wait_until(lambda: len(logs.read(run / "log.jsonl")) > 5)
    process.signal(signal.SIGINT)
    assert process.wait() == 130
    assert f"continue with: reloc train --resume {run}" in process.output
    saved = checkpoint.load(run / "checkpoints" / "last.pt")["step"]
    assert saved == logs.read(run / "log.jsonl")[-1]["step"]  # not one step was lost


@pytest.mark.parametrize("left", [0, 100, 0.5, 0.99])
def test_a_cut_off_checkpoint_is_named_and_the_one_before_is_used(whole, tmp_path, left):
    interrupted_after(tmp_path, 33, replace(TRAIN, checkpoint_s=0.0))
    last = tmp_path / "checkpoints" / "last.pt"
    size = last.stat().st_size
    with last.open("r+b") as stream:
        stream.truncate(int(left * size) if isinstance(left, float) else left)
    with pytest.raises(CheckpointError, match=r"last\.pt .*cut off"):
        checkpoint.load(last)
    made = trainer(tmp_path, TASK, TRAIN)
    made.resume()
    (said,) = made.listener.lines
    assert "last.pt" in said
    assert f"Continuing from previous.pt, step {made.done}" in said
    made.train()
    assert_equal(weights(whole), weights(tmp_path))


def test_no_checkpoint_that_can_be_read(tmp_path):
    interrupted_after(tmp_path, 33, replace(TRAIN, checkpoint_s=0.0))
    for name in ("last.pt", "previous.pt"):
        (tmp_path / "checkpoints" / name).write_bytes(b"PK nothing")
    with pytest.raises(CheckpointError, match=r"last\.pt.*previous\.pt.*Train again"):
        trainer(tmp_path, TASK, TRAIN).resume()


def test_killed_between_the_two_renames(whole, tmp_path):
    interrupted_after(tmp_path, 33)
    folder = tmp_path / "checkpoints"
    (folder / "last.pt").rename(folder / "previous.pt")
    made = trainer(tmp_path, TASK, TRAIN)
    made.resume()
    assert made.done == 33
    made.train()
    assert_equal(weights(whole), weights(tmp_path))


def test_a_request_to_stop_from_another_thread_is_left_to_others(tmp_path):
    """Signals belong to the main thread; training elsewhere works without."""
    outcomes = []
    thread = threading.Thread(target=lambda: outcomes.append(trainer(tmp_path, Config(steps=5)).train()))
    thread.start()
    thread.join()
    assert outcomes[0].state == "finished"


def wait_until(ready, timeout_s=60.0):
    deadline = time.monotonic() + timeout_s
    while not ready():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
