"""Two processes that torchrun starts train together; process 0 alone writes."""

import signal

import numpy as np
from support.small_run import weights

from reloc.training import checkpoint, logs

OPTIONS = ("--steps", 40, "--arithmetic", "float32", "--device", "cpu", "--log-steps", 4, "--validate-steps", 20)


def test_two_processes_learn_what_one_learns_from_both_batches(tmp_path, tiny_map, start):
    for name, processes in (("one", 0), ("two", 2)):
        task = ("train", "support.small_task", tiny_map, "--out", tmp_path / name, "--batch", 8)
        process = start(*task, *OPTIONS, torchrun=processes, name=name)
        assert process.wait(100) == 0, process.output
    one, two = weights(tmp_path / "one"), weights(tmp_path / "two")
    for name, value in one.items():
        np.testing.assert_allclose(two[name], value, atol=2e-5, err_msg=name)
    losses = [[e["loss"] for e in logs.read(tmp_path / n / "log.jsonl") if "loss" in e] for n in ("one", "two")]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-3)
    assert [f.name for f in (tmp_path / "two" / "workspace").iterdir() if f.name.startswith("made_by")] == ["made_by_0"]
    assert len(list((tmp_path / "two" / "tensorboard").iterdir())) == 1
    assert (tmp_path / "two" / "report.html").is_file()


def test_two_processes_are_interrupted_together_and_resume(tmp_path, tiny_map, start):
    run = tmp_path / "run"
    task = ("train", "support.small_task", tiny_map, "--out", run, "--step-s", 0.1, *OPTIONS)
    process = start(*task, torchrun=2, name="first")
    process.wait_for(r"step +20 ", 100)
    process.signal(signal.SIGINT)  # to torchrun and both processes, as Ctrl-C does
    process.wait()
    saved = checkpoint.load(run / "checkpoints" / "last.pt")["step"]
    assert 20 <= saved < 40
    again = start("train", "--resume", run, torchrun=2, name="second")
    assert again.wait(100) == 0, again.output
    assert f"from step {saved}" in again.output
    assert checkpoint.load(run / "checkpoints" / "last.pt")["step"] == 40


def test_a_loss_that_is_no_number_ends_both(tmp_path, tiny_map, start):
    task = ("train", "support.small_task", tiny_map, "--out", tmp_path / "run", "--nan-at", 7)
    process = start(*task, *OPTIONS, torchrun=2)
    assert process.wait(100) != 0
    assert "The loss is no longer a number at step 7" in process.output
