"""Nav2's own map_server beside reloc's: other names, other services, and requests that do not fit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot
from support.ros_call import call


@pytest.fixture
def nav2_map_server(robot: Robot) -> Iterator[LifecycleNode]:
    """A lifecycle node of the name that Nav2's has."""
    node, executor = LifecycleNode("map_server"), SingleThreadedExecutor()
    executor.add_node(node)
    threading.Thread(target=executor.spin, daemon=True).start()
    yield node
    executor.shutdown()
    node.destroy_node()


def change(robot: Robot, node: str, number: int) -> bool:
    request = ChangeState.Request(transition=Transition(id=number))
    return call(robot, ChangeState, f"{node}/change_state", request).success


def state(robot: Robot, node: str) -> str:
    return call(robot, GetState, f"{node}/get_state", GetState.Request()).current_state.label


def test_nothing_of_relocs_has_the_names_of_nav2s_map_server(
    processes: Processes, tiny_map: Path, robot: Robot, nav2_map_server: LifecycleNode
) -> None:
    server = start_node(processes, "map_server", parameters={"map": tiny_map})
    assert robot.spin_until(lambda: "reloc_map_server" in robot.node.get_node_names())
    robot.spin(1.0)
    assert robot.node.get_node_names().count("map_server") == 1
    services = dict(robot.node.get_service_names_and_types())
    assert services["/reloc_map_server/load_map"] == ["reloc_msgs/srv/LoadMap"]
    assert "/map_server/load_map" not in services
    assert change(robot, "map_server", Transition.TRANSITION_CONFIGURE)
    assert (state(robot, "map_server"), state(robot, "reloc_map_server")) == ("inactive", "active")
    assert server.running


@pytest.mark.parametrize(("executable", "node"), [("localizer", "localizer"), ("map_server", "reloc_map_server")])
def test_requests_that_do_not_fit_are_refused_and_the_node_lives(
    processes: Processes, tiny_map: Path, robot: Robot, executable: str, node: str
) -> None:
    process = start_node(processes, executable, parameters={"map": tiny_map})
    for number in (Transition.TRANSITION_CONFIGURE, Transition.TRANSITION_ACTIVATE, Transition.TRANSITION_CLEANUP, 77):
        assert not change(robot, node, number)
    assert state(robot, node) == "active"
    assert change(robot, node, Transition.TRANSITION_DEACTIVATE)
    assert not change(robot, node, Transition.TRANSITION_DEACTIVATE)
    assert change(robot, node, Transition.TRANSITION_ACTIVATE)
    process.wait_for("ROS's package bond is not installed. If Nav2's lifecycle manager starts this node")
    assert process.running


def test_the_former_topics_are_there_until_the_next_release(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    start_node(processes, "map_server", parameters={"map": tiny_map})
    for topic in ("/map_server/markers", "/reloc_map_server/markers", "/map_server/reference_poses"):
        assert robot.spin_until(lambda topic=topic: robot.node.count_publishers(topic) == 1), topic


def test_under_its_former_name_it_publishes_each_topic_once(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    start_node(processes, "map_server", parameters={"map": tiny_map}, remaps={"__node": "map_server"})
    localizer = start_node(processes, "localizer", parameters={"map_server": "map_server"})
    localizer.wait_for("Ready: features")
    assert robot.node.count_publishers("/map_server/markers") == 1
