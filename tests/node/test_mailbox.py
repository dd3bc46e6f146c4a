"""The one-slot mailbox and the worker on it."""

import threading

from reloc_node.mailbox import Mailbox
from reloc_node.worker import Worker


def test_the_newest_item_wins_and_the_others_are_counted() -> None:
    box: Mailbox[int] = Mailbox()
    for item in range(5):
        box.put(item)
    assert box.take(0.0) == 4
    assert (box.received, box.dropped) == (5, 4)


def test_take_gives_none_when_the_time_is_over() -> None:
    assert Mailbox[int]().take(0.01) is None


def test_wait_leaves_the_item() -> None:
    box: Mailbox[int] = Mailbox()
    assert not box.wait(0.01)
    box.put(1)
    assert box.wait(0.01)
    assert box.take(0.0) == 1


def test_clear_counts_what_it_drops() -> None:
    box: Mailbox[int] = Mailbox()
    box.put(1)
    box.clear()
    assert box.dropped == 1
    assert box.take(0.0) is None


def test_close_wakes_who_waits_and_accepts_nothing_more() -> None:
    box: Mailbox[int] = Mailbox()
    got: list[int | None] = []
    waiting = threading.Thread(target=lambda: got.append(box.take()))
    waiting.start()
    box.close()
    waiting.join(5)
    box.put(1)
    assert got == [None]
    assert box.received == 0


def test_a_busy_worker_skips_to_the_newest() -> None:
    busy, go, done = threading.Event(), threading.Event(), threading.Event()
    seen: list[int] = []

    def handle(item: int) -> None:
        seen.append(item)
        busy.set()
        go.wait(5)
        if item == 9:
            done.set()

    worker = Worker("test", handle, on_error=lambda error: None)
    worker.start()
    worker.mailbox.put(0)
    assert busy.wait(5)
    for item in range(1, 10):
        worker.mailbox.put(item)
    go.set()
    assert done.wait(5)
    assert worker.stop()
    assert seen == [0, 9]
    assert worker.mailbox.dropped == 8


def test_an_exception_does_not_end_the_worker() -> None:
    errors: list[Exception] = []
    done = threading.Event()

    def handle(item: int) -> None:
        if item == 0:
            raise ValueError("bad item")
        done.set()

    worker = Worker("test", handle, errors.append)
    worker.start()
    worker.mailbox.put(0)
    while not errors:
        threading.Event().wait(0.01)
    worker.mailbox.put(1)
    assert done.wait(5)
    assert worker.stop()
    assert str(errors[0]) == "bad item"
