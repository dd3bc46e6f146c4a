"""If a callback or rclpy itself raises an exception, the node reports it and continues."""

from __future__ import annotations

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rcl_interfaces.msg import Parameter, ParameterValue
from rcl_interfaces.srv import SetParameters
from rosgraph_msgs.msg import Clock
from std_msgs.msg import String
from std_srvs.srv import Empty, Trigger
from support.clumsy import Pair

from reloc.errors import MapNotFoundError
from reloc_msgs.srv import LoadMap
from reloc_node.guard import in_words


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


def test_words_for_an_error_are_short_and_can_be_sent() -> None:
    assert len(in_words(ValueError("x" * 100_000))) < 700
    assert in_words(ValueError("\ud800\0")).encode()
    assert in_words(MapNotFoundError("No map", "Build one")) == "No map. Build one"
