"""Diagnostics start a thread again that ended before its time, and say so."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

pytest.importorskip("reloc_msgs", reason="ROS 2 is not there: run `make setup`")

import rclpy

from reloc_node.localizer_node import LocalizerNode
from reloc_node.map_transfer.map_loader import LoaderState
from reloc_node.worker import Worker


@pytest.fixture
def node() -> Iterator[LocalizerNode]:
    rclpy.init()
    made = LocalizerNode()
    yield made
    made.close()
    made.destroy_node()
    rclpy.try_shutdown()


class Loader:
    """What diagnostics see of a loader, with a thread that ends at its first item."""

    state = LoaderState()

    def __init__(self) -> None:
        self.worker: Worker[int] = Worker("map_loader", self._end, lambda error: None)
        self.worker.start()

    def _end(self, item: int) -> None:
        raise SystemExit


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ended_is_told_and_started_again(node: LocalizerNode) -> None:
    loader = Loader()
    node._health.watch(None, loader)  # type: ignore[arg-type]
    assert node._health._judge()[0] == "warn"
    loader.worker.mailbox.put(1)
    deadline = time.monotonic() + 5
    while loader.worker.alive and time.monotonic() < deadline:
        time.sleep(0.01)
    level, text, _ = node._health._judge()
    assert (level, text) == ("error", "the thread map_loader stopped unexpectedly; it was restarted")
    assert loader.worker.alive
    level, text, values = node._health._judge()
    assert level == "warn"
    assert values["threads_restarted"] == 1
    loader.worker.stop()


def test_exceptions_are_told_for_a_while_and_counted(node: LocalizerNode) -> None:
    node.guard.caught("The callback of image", RuntimeError("no\x00 such \ud800 thing"))
    level, text, values = node._health._judge()
    assert level == "error"
    assert text.startswith("The callback of image failed: RuntimeError: no")
    assert values["exceptions"] == 1
    text.encode()
