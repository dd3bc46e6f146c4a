"""Exceptions that no code should raise, and some does, end nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

from std_msgs.msg import String
from std_srvs.srv import Trigger
from support.clumsy import Pair

from reloc.errors import MapNotFoundError
from reloc_node.guard import Guard, in_words


class MuteError(RuntimeError):
    """Says nothing of itself."""

    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__


class WordlessError(RuntimeError):
    """Its text is none."""

    def __str__(self) -> str:
        return 5  # type: ignore[return-value]


class OwnSignal(BaseException):
    """What is no Exception."""


# Made anew for each test: an exception that was raised holds the frames it came through, and so the node.
ODD: dict[str, Callable[[], BaseException]] = {
    "mute": MuteError,
    "wordless": WordlessError,
    "own": lambda: OwnSignal("own"),
    "exit": lambda: SystemExit(3),
    "group": lambda: ExceptionGroup("many", [MuteError(), ValueError()]),
    "no utf-8": lambda: ValueError("\ud800\0"),
    "long": lambda: KeyError("x" * 10_000_000),
    "other parts": lambda: MapNotFoundError(5, object()),  # type: ignore[arg-type]
    "many": lambda: RuntimeError(*range(1000)),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_exceptions_end_nothing(pair: Pair, name: str) -> None:
    def fail(message: String) -> None:
        raise ODD[name]()

    pair.node.create_subscription(String, "odd", fail, 10)
    publisher = pair.talker.create_publisher(String, "odd", 10)
    assert pair.until(lambda: publisher.get_subscription_count() > 0)
    before = pair.node.guard.count
    publisher.publish(String(data="x"))
    assert pair.until(lambda: pair.node.guard.count > before)
    assert not pair.ended.is_set()
    assert pair.node.guard.fresh()


@pytest.mark.parametrize("name", ODD)
def test_a_service_that_raises_an_odd_exception_reports_failure(name: str) -> None:
    def fail(request: object, response: object) -> object:
        raise ODD[name]()

    answer = Guard().service("odd", fail)(Trigger.Request(), Trigger.Response())
    assert not answer.success
    assert answer.message
    assert len(in_words(ODD[name]())) < 700
