import threading
import time

import numpy as np
import pytest
import torch

from reloc.training.prefetch import Prefetcher, as_tensors, to_device


@pytest.mark.parametrize("threads", [1, 4])
def test_batches_come_in_order_whoever_is_first(threads):
    def make(step):
        time.sleep(0.01 if step % 2 else 0.0)
        return {"step": np.array([step])}

    batches = Prefetcher(make, 3, 20, ahead=5, threads=threads)
    assert [(step, int(batch["step"])) for step, batch in batches] == [(s, s) for s in range(3, 20)]
    batches.close()


def test_they_are_made_ahead_and_no_further():
    made = []
    batches = Prefetcher(lambda step: made.append(step), 0, 100, ahead=3)
    taken = iter(batches)
    next(taken)
    deadline = time.monotonic() + 5
    while len(made) < 4 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert made == [0, 1, 2, 3]  # the one that was taken and three more
    batches.close()


def test_they_are_made_on_another_thread():
    batches = Prefetcher(lambda step: threading.current_thread().name, 0, 1, ahead=1)
    assert next(iter(batches))[1].startswith("batch")
    batches.close()


def test_what_making_one_raises_taking_it_raises():
    def make(step):
        if step == 2:
            raise ValueError("the third cannot be made")
        return step

    batches = Prefetcher(make, 0, 10, ahead=4)
    taken = iter(batches)
    assert [next(taken)[0], next(taken)[0]] == [0, 1]
    with pytest.raises(ValueError, match="the third"):
        next(taken)
    batches.close()


def test_arrays_become_tensors_wherever_they_are():
    batch = {"image": np.zeros((2, 3), np.uint8), "rest": [np.ones(2), ("name", 5, torch.ones(1))]}
    found = to_device(as_tensors(batch), torch.device("cpu"))
    assert found["image"].dtype == torch.uint8
    assert torch.equal(found["rest"][0], torch.ones(2, dtype=torch.float64))
    assert found["rest"][1][:2] == ("name", 5)
