"""Our side of the bond of Nav2's lifecycle manager. The message is ROS's bond/msg/Status, which the wheels lack."""

from __future__ import annotations

import sys
import types
from dataclasses import dataclass, field

import pytest

pytest.importorskip("rclpy")
from std_msgs.msg import Header

from reloc_node import bond
from reloc_node.bond import Bond, bond_message
from reloc_node.node_log import NodeLog


@dataclass
class Status:
    """bond/msg/Status."""

    header: Header = field(default_factory=Header)
    id: str = ""
    instance_id: str = ""
    active: bool = False
    heartbeat_timeout: float = 0.0
    heartbeat_period: float = 0.0


class Publisher:
    def __init__(self) -> None:
        self.sent: list[Status] = []
        self.listeners = 2  # the manager, and the node itself

    def publish(self, status: Status) -> None:
        self.sent.append(status)

    def get_subscription_count(self) -> int:
        return self.listeners


class Node:
    """What a bond asks of a node."""

    def __init__(self) -> None:
        self.publisher = Publisher()
        self.topics: list[str] = []
        self.destroyed = 0

    def get_name(self) -> str:
        return "localizer"

    def create_publisher(self, kind: type, topic: str, depth: int) -> Publisher:
        self.topics.append(topic)
        return self.publisher

    def create_subscription(self, kind: type, topic: str, callback, depth: int) -> object:
        self.topics.append(topic)
        self.hear = callback
        return object()

    def create_timer(self, period_s: float, callback, clock: object) -> object:
        self.beat = callback
        return object()

    def _destroy(self, thing: object) -> None:
        self.destroyed += 1

    destroy_timer = destroy_subscription = destroy_publisher = _destroy


class Silent:
    def info(self, message: str) -> None: ...

    warning = error = info


@pytest.fixture
def node() -> Node:
    return Node()


@pytest.fixture
def formed(node: Node) -> Bond:
    made = Bond(node, NodeLog(Silent()), Status)
    node.hear(Status(id="localizer", instance_id="manager", active=True))
    return made


def test_the_id_is_the_nodes_name_and_the_topic_is_relative(node: Node, formed: Bond) -> None:
    assert node.topics == ["bond", "bond"]
    assert formed.is_formed
    answer = node.publisher.sent[-1]
    assert (answer.id, answer.active) == ("localizer", True)
    assert answer.instance_id not in ("", "manager")
    assert answer.heartbeat_timeout > 2 * answer.heartbeat_period > 0


def test_it_beats_only_while_somebody_listens(node: Node) -> None:
    Bond(node, NodeLog(Silent()), Status)
    node.publisher.listeners = 1
    node.beat()
    assert node.publisher.sent == []
    node.publisher.listeners = 2
    node.beat()
    node.beat()
    assert [s.active for s in node.publisher.sent] == [True, True]
    assert len({s.instance_id for s in node.publisher.sent}) == 1


def test_bonds_of_others_and_its_own_echo_mean_nothing(node: Node) -> None:
    made = Bond(node, NodeLog(Silent()), Status)
    node.beat()
    node.hear(node.publisher.sent[0])
    node.hear(Status(id="amcl", instance_id="manager", active=True))
    assert not made.is_formed


def test_a_manager_that_ends_it_is_answered_and_the_next_one_gets_a_new_bond(node: Node, formed: Bond) -> None:
    first = node.publisher.sent[-1].instance_id
    node.hear(Status(id="localizer", instance_id="manager", active=False))
    assert not formed.is_formed
    assert (node.publisher.sent[-1].active, node.publisher.sent[-1].instance_id) == (False, first)
    node.hear(Status(id="localizer", instance_id="manager 2", active=True))
    assert formed.is_formed
    assert node.publisher.sent[-1].instance_id != first


def test_its_end_is_told(node: Node, formed: Bond) -> None:
    formed.close()
    assert not node.publisher.sent[-1].active
    assert node.destroyed == 3


def test_without_the_package_the_way_round_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bond", None)
    monkeypatch.setitem(sys.modules, "bond.msg", None)
    assert bond_message() is None
    assert "bond_timeout to 0.0" in bond.ABSENT


def test_with_the_package_its_message_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    package, messages = types.ModuleType("bond"), types.ModuleType("bond.msg")
    messages.Status = Status
    monkeypatch.setitem(sys.modules, "bond", package)
    monkeypatch.setitem(sys.modules, "bond.msg", messages)
    assert bond_message() is Status
