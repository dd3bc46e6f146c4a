import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from support.small_run import EXACT, assert_equal, trainer, weights
from support.small_task import Config

from reloc.errors import CheckpointError, DivergedError
from reloc.training import checkpoint, logs


def test_the_loss_falls_and_what_is_held_out_is_learned(tmp_path):
    made = trainer(tmp_path, Config(steps=200))
    outcome = made.train()
    entries = logs.read(made.run.log)
    losses = [e["loss"] for e in entries if e["kind"] == "train"]
    scores = [e["score"] for e in entries if e["kind"] == "held_out"]
    assert np.mean(losses[-5:]) < 0.1 * losses[0]
    assert min(scores) < 0.07  # of the picture's size; guessing its centre gives 0.24
    assert (outcome.state, outcome.steps, outcome.best_score) == ("finished", 200, min(scores))
    assert made.listener.steps == list(range(1, 201))


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        trainer(tmp_path / name, Config(steps=20, seed=seed, dropout=0.3)).train()
    assert_equal(weights(tmp_path / "a"), weights(tmp_path / "b"))
    assert not np.array_equal(weights(tmp_path / "a")["position.weight"], weights(tmp_path / "c")["position.weight"])


def test_the_best_weights_are_kept(tmp_path):
    made = trainer(tmp_path, Config(steps=60, learning_rate=0.03))
    outcome = made.train()
    best = checkpoint.load(tmp_path / "checkpoints" / "best.pt")
    assert best["step"] == outcome.best_step
    made.learner.network.load_state_dict(best["network"])
    with torch.no_grad():
        assert made.task.validate(made.learner.judged)["score"] == pytest.approx(outcome.best_score)
    assert json.loads((tmp_path / "run.json").read_text())["best"]["score"] == pytest.approx(outcome.best_score)


def test_training_stops_when_it_gets_no_better(tmp_path):
    made = trainer(tmp_path, Config(steps=1000, flat_after=30), replace(EXACT, validate_steps=10, patience=3))
    outcome = made.train()
    assert outcome.state == "stopped early"
    assert outcome.best_step <= 30
    assert outcome.steps == outcome.best_step + 30
    again = trainer(tmp_path, Config(steps=1000, flat_after=30), replace(EXACT, validate_steps=10, patience=3))
    again.resume()
    assert again.train().steps == outcome.steps


def test_a_loss_that_is_no_number_is_named_with_its_step(tmp_path):
    made = trainer(tmp_path, Config(nan_at=7), replace(EXACT, checkpoint_s=0.0))
    with pytest.raises(DivergedError, match=r"step 7\b.*--resume"):
        made.train()
    last = checkpoint.load(tmp_path / "checkpoints" / "last.pt")
    assert last["step"] == 7  # steps 0 to 6
    assert all(np.isfinite(w).all() for w in weights(tmp_path).values())


def test_weights_that_are_no_numbers_are_not_saved(tmp_path):
    made = trainer(tmp_path, Config(steps=10), replace(EXACT, checkpoint_s=0.0))
    step = made.learner.step

    def overflowing(number, batch):
        losses = step(number, batch)
        if number == 3:  # a finite loss with an infinite gradient
            made.learner.network.position.bias.data.fill_(torch.inf)
        return losses

    made.learner.step = overflowing
    with pytest.raises(DivergedError, match=r"Weights .* after 4 steps"):
        made.train()
    assert checkpoint.load(tmp_path / "checkpoints" / "last.pt")["step"] == 3


def test_a_moving_average_is_judged_and_kept(tmp_path):
    made = trainer(tmp_path, Config(steps=40), replace(EXACT, ema=0.9))
    made.train()
    average, last = weights(tmp_path, "best.pt"), weights(tmp_path)
    assert not np.array_equal(average["position.weight"], last["position.weight"])
    kept = checkpoint.load(tmp_path / "checkpoints" / "last.pt")["average"]
    np.testing.assert_array_equal(kept["position.weight"].numpy(), average["position.weight"])


def test_gradients_are_limited_and_their_norm_is_logged(tmp_path):
    made = trainer(tmp_path, Config(steps=10), replace(EXACT, clip_norm=1e-9))
    before = made.learner.network.position.bias.detach().clone()
    made.train()
    assert all(e["gradient_norm"] > 1e-9 for e in logs.read(made.run.log) if e["kind"] == "train")
    assert not np.array_equal(before, made.learner.network.position.bias.detach())  # Adam divides by the norm


def test_bf16_learns_too(tmp_path):
    made = trainer(tmp_path, Config(steps=100), replace(EXACT, arithmetic="bf16"))
    assert made.learner.arithmetic == "bfloat16"
    assert made.train().best_score < 0.1
    assert all(w.dtype == np.float32 for w in weights(tmp_path).values())


def test_a_finished_run_is_left_as_it_is(tmp_path):
    trainer(tmp_path, Config(steps=10)).train()
    before = (tmp_path / "checkpoints" / "last.pt").stat().st_mtime_ns
    made = trainer(tmp_path, Config(steps=10))
    made.resume()
    assert made.train().state == "finished"
    assert (tmp_path / "checkpoints" / "last.pt").stat().st_mtime_ns == before


def test_a_checkpoint_of_another_task_is_refused(tmp_path):
    trainer(tmp_path, Config(steps=10)).train()
    with pytest.raises(CheckpointError, match="seed 1, not 2"):
        trainer(tmp_path, Config(steps=10, seed=2)).resume()


def test_a_checkpoint_of_another_network_is_refused(tmp_path):
    trainer(tmp_path, Config(steps=10)).train()
    last = tmp_path / "checkpoints" / "last.pt"
    content = checkpoint.load(last)
    content["network"]["position.weight"] = content["network"]["position.weight"][:, :5]
    checkpoint.save(last, content)
    with pytest.raises(CheckpointError, match=r"does not match the network of small: .*position\.weight"):
        trainer(tmp_path, Config(steps=10)).resume()
