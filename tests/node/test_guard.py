"""If a callback or rclpy itself raises an exception, the node reports it and continues."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import SetParameters
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from std_msgs.msg import String
from std_srvs.srv import Empty, Trigger

from reloc.errors import MapNotFoundError
from reloc_msgs.srv import LoadMap
from reloc_node.guard import Guard, GuardedExecutor, in_words, spin
from reloc_node.managed_node import ManagedNode


class Clumsy(ManagedNode):
    """Raises wherever it can."""

    def __init__(self) -> None:
        super().__init__("clumsy")
        self.heard: list[str] = []
        self.fails: Exception | None = None
        self.closes: Exception | None = None
        self.create_subscription(String, "text", self._on_text, 10)
        self.create_service(LoadMap, "~/load_map", self._on_call)
        self.create_service(Trigger, "~/trigger", self._on_call)
        self.create_service(Empty, "~/empty", self._on_call)

    def _on_text(self, message: String) -> None:
        if message.data == "bad":
            raise KeyError("\ud800 and \0")
        self.heard.append(message.data)

    def _on_call(self, request: object, response: object) -> object:
        raise RecursionError("maximum recursion depth exceeded")

    def configure(self) -> None:
        if self.fails:
            raise self.fails

    def deactivate(self) -> None:
        if self.closes:
            raise self.closes


class Pair:
    """The clumsy node in a thread as `run` spins it, and one that talks to it."""

    def __init__(self) -> None:
        self.node = Clumsy()
        self._executor = GuardedExecutor()
        self._executor.add_node(self.node)
        self.talker = Node("talker")
        self._own = SingleThreadedExecutor()
        self._own.add_node(self.talker)
        self.ended = threading.Event()
        self._thread = threading.Thread(target=self._spin, daemon=True)
        self._thread.start()

    def _spin(self) -> None:
        try:
            spin(self._executor, self.node.guard)
        finally:
            self.ended.set()

    def until(self, condition: Callable[[], bool], seconds: float = 10.0) -> bool:
        deadline = time.monotonic() + seconds
        while not condition() and time.monotonic() < deadline:
            self._own.spin_once(timeout_sec=0.02)
        return condition()

    def call(self, kind: type, name: str, request: object) -> object:
        client = self.talker.create_client(kind, name)
        assert self.until(client.service_is_ready)
        future = client.call_async(request)
        assert self.until(future.done), f"{name} did not answer"
        self.talker.destroy_client(client)
        return future.result()

    def close(self) -> None:
        self._executor.shutdown()
        self._own.shutdown()
        self._thread.join(5)
        self.node.destroy_node()
        self.talker.destroy_node()


@pytest.fixture
def pair() -> Iterator[Pair]:
    rclpy.init()
    made = Pair()
    assert made.talker.count_services("/clumsy/change_state") == 1  # none of an earlier test: see tests/conftest.py
    yield made
    made.close()
    rclpy.try_shutdown()


def change(pair: Pair, number: int = 0, label: str = "") -> bool:
    request = ChangeState.Request(transition=Transition(id=number, label=label))
    return pair.call(ChangeState, "clumsy/change_state", request).success  # type: ignore[attr-defined]


def test_a_callback_that_raises_ends_nothing(pair: Pair) -> None:
    publisher = pair.talker.create_publisher(String, "text", 10)
    assert pair.until(lambda: publisher.get_subscription_count() > 0)
    for text in ("one", "bad", "bad", "two"):
        publisher.publish(String(data=text))
    assert pair.until(lambda: pair.node.heard == ["one", "two"])
    assert pair.node.guard.count == 2
    assert "text failed: KeyError" in pair.node.guard.fresh()
    assert not pair.ended.is_set()


def test_messages_that_cannot_be_read_make_no_node_deaf(pair: Pair) -> None:
    publisher = pair.talker.create_publisher(String, "text", 10)
    assert pair.until(lambda: publisher.get_subscription_count() > 0)
    head = b"\0\1\0\0"
    for raw in (
        head + b"\xff\xff\xff\x7f",
        head + b"\xff\xff\xff\xffabc",
        head + b"\4\0\0\0a\xff\xfe\0",
        head,
        head + b"\5",
    ):
        publisher.publish(raw)
    publisher.publish(String(data="after"))
    assert pair.until(lambda: "after" in pair.node.heard)
    assert pair.call(Trigger, "clumsy/trigger", Trigger.Request()).success is False  # type: ignore[attr-defined]
    assert not pair.ended.is_set()


def test_what_rclpy_raises_while_it_takes_a_message_makes_no_node_deaf(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it does for some middlewares: it would leave the subscription and its group marked as busy for ever."""
    executor, failures = pair.node.executor, iter((RuntimeError("failed to take message"), TypeError("wrong field")))
    take = executor._take_subscription

    def failing(subscription: object) -> object:
        error = next(failures, None) if subscription.topic_name == "/text" else None  # type: ignore[attr-defined]
        if error is not None:
            take(subscription)
            raise error
        return take(subscription)

    monkeypatch.setattr(executor, "_take_subscription", failing)
    publisher = pair.talker.create_publisher(String, "text", 10)
    assert pair.until(lambda: publisher.get_subscription_count() > 0)
    for text in ("lost", "lost, too", "one", "two"):
        publisher.publish(String(data=text))
    assert pair.until(lambda: pair.node.heard == ["one", "two"])
    assert pair.node.guard.count == 2
    assert "Receiving on /text failed" in pair.node.guard.fresh()
    assert not pair.ended.is_set()


def test_services_that_raise_answer_that_they_did(pair: Pair) -> None:
    for kind, name in ((LoadMap, "load_map"), (Trigger, "trigger")):
        answer = pair.call(kind, f"clumsy/{name}", kind.Request())  # type: ignore[attr-defined]
        assert answer.success is False  # type: ignore[attr-defined]
        assert "RecursionError" in answer.message  # type: ignore[attr-defined]
    assert pair.call(Empty, "clumsy/empty", Empty.Request()) == Empty.Response()
    assert pair.node.guard.count == 3


def test_parameters_of_no_type_and_clocks_before_time_end_nothing(pair: Pair) -> None:
    bad = Parameter(name="use_sim_time", value=ParameterValue(type=77))
    pair.call(SetParameters, "clumsy/set_parameters", SetParameters.Request(parameters=[bad]))
    good = Parameter(name="use_sim_time", value=ParameterValue(type=1, bool_value=True))
    answer = pair.call(SetParameters, "clumsy/set_parameters", SetParameters.Request(parameters=[good]))
    assert answer.results[0].successful  # type: ignore[attr-defined]
    clock = pair.talker.create_publisher(Clock, "/clock", 10)
    assert pair.until(lambda: clock.get_subscription_count() > 0)
    for sec, nanosec in ((-5, 0), (-(2**31), 2**32 - 1), (2**31 - 1, 2**32 - 1), (7, 0)):
        message = Clock()
        message.clock.sec, message.clock.nanosec = sec, nanosec
        clock.publish(message)
    assert pair.until(lambda: pair.node.get_clock().now().nanoseconds == 7 * 10**9)
    assert not pair.ended.is_set()


def test_timers_that_raise_go_on(pair: Pair) -> None:
    calls = []

    def tick() -> None:
        calls.append(1)
        raise OSError(28, "No space left on device")

    pair.node.create_timer(0.02, tick)
    pair.node.executor.wake()
    assert pair.until(lambda: len(calls) > 3)
    assert not pair.ended.is_set()


@pytest.mark.parametrize(
    ("number", "label"),
    [(2, ""), (3, ""), (4, ""), (6, ""), (0, ""), (77, ""), (255, ""), (0, "no_such"), (1, "activate")],
)
def test_requests_that_do_not_fit_the_state_are_refused(pair: Pair, number: int, label: str) -> None:
    assert change(pair, number, label) is False
    assert pair.node.state_label == "unconfigured"
    assert change(pair, 0, "configure") is True
    assert change(pair, Transition.TRANSITION_CONFIGURE) is False
    assert change(pair, Transition.TRANSITION_ACTIVATE) is True
    assert change(pair, Transition.TRANSITION_CLEANUP) is False
    assert change(pair, Transition.TRANSITION_ACTIVE_SHUTDOWN) is True
    for transition in range(12):
        assert change(pair, transition) is False
    assert not pair.ended.is_set()


def test_transitions_that_raise_leave_a_node_that_can_be_tried_again(pair: Pair) -> None:
    for error in (OSError(5, "Input/output error"), MapNotFoundError("No map"), RecursionError("deep"), MemoryError()):
        pair.node.fails = error
        assert change(pair, Transition.TRANSITION_CONFIGURE) is False
        assert pair.node.problem
    pair.node.fails = None
    assert change(pair, Transition.TRANSITION_CONFIGURE) is True
    assert pair.node.problem == ""
    assert change(pair, Transition.TRANSITION_ACTIVATE) is True
    pair.node.closes = RuntimeError("cannot be closed")
    assert change(pair, Transition.TRANSITION_DEACTIVATE) is False
    pair.node.closes = None
    assert pair.node.state_label == "unconfigured"
    assert change(pair, Transition.TRANSITION_CONFIGURE) is True
    assert not pair.ended.is_set()


def test_a_start_that_may_come_right_is_tried_again(pair: Pair) -> None:
    pair.node.fails = MapNotFoundError("No map at /not/mounted/yet")
    pair.node.start()
    pair.node.executor.wake()
    assert pair.node.state_label == "unconfigured"
    pair.node.fails = None
    assert pair.until(lambda: pair.node.state_label == "active")


def test_a_request_from_outside_ends_the_attempts(pair: Pair) -> None:
    pair.node.fails = MapNotFoundError("No map at /not/mounted/yet")
    pair.node.start()
    assert change(pair, Transition.TRANSITION_CONFIGURE) is False
    pair.node.fails = None
    assert not pair.until(lambda: pair.node.state_label != "unconfigured", 1.5)


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


def test_words_for_an_error_are_short_and_can_be_sent() -> None:
    assert len(in_words(ValueError("x" * 100_000))) < 700
    assert in_words(ValueError("\ud800\0")).encode()
    assert in_words(MapNotFoundError("No map", "Build one")) == "No map. Build one"
