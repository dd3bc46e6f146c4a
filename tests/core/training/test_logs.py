import json
from dataclasses import replace

import pytest
from support.small_run import EXACT, trainer
from support.small_task import Config

from reloc.training.logs import HELD_OUT_CURVE, TRAIN, Log, read


def test_tensorboard_shows_what_the_log_says(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    made = trainer(tmp_path, Config(steps=40), replace(EXACT, log_steps=10, clip_norm=1.0))
    made.train()
    board = accumulator.EventAccumulator(str(made.run.tensorboard))
    board.Reload()
    tags = {"loss", "worst", "gradient_norm", "rate"}
    assert set(board.Tags()["scalars"]) == {f"train/{t}" for t in tags} | {"held_out/score", "held_out/largest"}
    entries = read(made.run.log)
    for kind, name in ((TRAIN, "loss"), (HELD_OUT_CURVE, "score")):
        written = [(e["step"], e[name]) for e in entries if e["kind"] == kind]
        shown = [(s.step, s.value) for s in board.Scalars(f"{kind}/{name}")]
        assert [s for s, _ in shown] == [s for s, _ in written]
        assert [v for _, v in shown] == pytest.approx([v for _, v in written])


def test_what_lies_behind_the_checkpoint_goes_and_so_does_a_line_that_was_cut_off(tmp_path):
    with Log(tmp_path / "log.jsonl", tmp_path / "board", 0) as log:
        for step in (10, 20, 30):
            log.add(TRAIN, step, 1.0, {"loss": 1.0 / step})
    with (tmp_path / "log.jsonl").open("a") as stream:
        stream.write('{"kind": "train", "st')
    with Log(tmp_path / "log.jsonl", tmp_path / "board", 20) as log:
        log.add(TRAIN, 30, 2.0, {"loss": 0.5})
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert [(e["step"], e["loss"]) for e in lines] == [(10, 0.1), (20, 0.05), (30, 0.5)]


def test_there_is_no_log_yet(tmp_path):
    assert read(tmp_path / "log.jsonl") == []
