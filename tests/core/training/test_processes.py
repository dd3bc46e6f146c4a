"""Two processes that torchrun starts train together; process 0 alone writes."""

import signal

import numpy as np
import pytest
from support.processes import Processes
from support.small_run import weights

from reloc.cli.main import main
from reloc.training import checkpoint, logs

OPTIONS = ("--steps", 40, "--arithmetic", "float32", "--device", "cpu", "--log-steps", 1, "--validate-steps", 20)


@pytest.fixture(scope="module")
def two(tmp_path_factory, tiny_map, starter):
    """The run of two processes that were interrupted together and went on, the step it went on from, what it printed.

    One run for both tests: torch is dear to import, and torchrun and both processes do so each time.
    """
    folder = tmp_path_factory.mktemp("two")
    run, processes = folder / "run", Processes(folder / "processes")
    try:
        task = ("train", "support.small_task", tiny_map, "--out", run, "--step-s", 0.1, "--batch", 8)
        process = starter(processes, *task, *OPTIONS, torchrun=2, name="first")
        process.wait_for(r"step +20 ", 100)
        process.signal(signal.SIGINT)  # to torchrun and both processes, as Ctrl-C does
        process.wait()
        saved = checkpoint.load(run / "checkpoints" / "last.pt")["step"]
        again = starter(processes, "train", "--resume", run, torchrun=2, name="second")
        assert again.wait(100) == 0, again.output
        return run, saved, again.output
    finally:
        processes.stop()


def test_two_processes_learn_what_one_learns_from_both_batches(tmp_path, tiny_map, two):
    one, two = tmp_path / "one", two[0]
    command = ("train", "support.small_task", tiny_map, "--out", one, "--batch", 8, "--threads", 1, *OPTIONS)
    assert main([str(word) for word in command]) == 0
    learned = weights(two)
    for name, value in weights(one).items():
        np.testing.assert_allclose(learned[name], value, atol=2e-5, err_msg=name)
    losses = [[e["loss"] for e in logs.read(run / "log.jsonl") if "loss" in e] for run in (one, two)]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-3)
    assert [f.name for f in (two / "workspace").iterdir() if f.name.startswith("made_by")] == ["made_by_0"]
    assert len(list((two / "tensorboard").iterdir())) == 2  # one a start, not one a process
    assert (two / "report.html").is_file()


def test_two_processes_are_interrupted_together_and_resume(two):
    run, saved, output = two
    assert 20 <= saved < 40
    assert f"from step {saved}" in output
    assert checkpoint.load(run / "checkpoints" / "last.pt")["step"] == 40


def test_a_loss_that_is_no_number_ends_both(tmp_path, tiny_map, start):
    task = ("train", "support.small_task", tiny_map, "--out", tmp_path / "run", "--nan-at", 7)
    process = start(*task, *OPTIONS, torchrun=2)
    assert process.wait(100) != 0
    assert "The loss is no longer a number at step 7" in process.output
