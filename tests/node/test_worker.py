"""If the handler of a worker's thread raises an exception, the thread continues or is started again."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

from reloc_node.worker import Worker


def test_a_thread_survives_its_handler_and_the_handler_of_that() -> None:
    handled: list[int] = []

    def handle(item: int) -> None:
        handled.append(item)
        raise ValueError(item)

    def on_error(error: Exception) -> None:
        raise KeyError("worse")

    worker: Worker[int] = Worker("clumsy", handle, on_error)
    worker.start()
    for item in (1, 2):
        worker.mailbox.put(item)
        deadline = time.monotonic() + 5
        while item not in handled and time.monotonic() < deadline:
            time.sleep(0.01)
    assert handled == [1, 2]
    assert worker.alive
    assert not worker.revive()
    assert worker.stop()
    assert worker.alive  # it has no reason to run any more


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ends_all_the_same_is_started_again() -> None:
    handled: list[int] = []

    def handle(item: int) -> None:
        if item == 1:
            raise SystemExit  # what no library should raise, and some do
        handled.append(item)

    worker: Worker[int] = Worker("dying", handle, lambda error: None)
    worker.start()
    worker.mailbox.put(1)
    deadline = time.monotonic() + 5
    while worker.alive and time.monotonic() < deadline:
        time.sleep(0.01)
    assert worker.revive()
    assert worker.restarts == 1
    worker.mailbox.put(2)
    while not handled and time.monotonic() < deadline:
        time.sleep(0.01)
    assert handled == [2]
    worker.stop()
