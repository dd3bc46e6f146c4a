"""Mode ``seed``: the pose is handed to another localizer, which takes it, takes it late, or never does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy import spin_once
from rclpy.node import Node
from std_srvs.srv import Empty
from support.nodes import start_node
from support.processes import Process, Processes
from support.robot import Robot
from support.ros_call import call
from tf2_ros import TransformBroadcaster

from reloc.geometry.transforms import inverse, make, so3_exp
from reloc_node.conversions.poses import from_pose, to_pose, to_transform

AHEAD_NS = 300_000_000


class Amcl:
    """What another localizer does: it listens to initialpose, and says by topic or TF what it took."""

    def __init__(self, robot: Robot) -> None:
        self._robot = robot
        self._tf = TransformBroadcaster(robot.node)
        self._pose = robot.node.create_publisher(PoseWithCovarianceStamped, "amcl_pose", 10)
        robot.listen_for_seeds()

    @property
    def seeds(self) -> list[PoseWithCovarianceStamped]:
        return self._robot.seeds

    def say_pose(self, message: PoseWithCovarianceStamped) -> None:
        assert self._robot.spin_until(lambda: self._pose.get_subscription_count() > 0)
        self._pose.publish(message)

    def say_tf(self, index: int) -> None:
        """map -> odom that puts the robot where it is at query pose ``index``, dated ahead as AMCL does it."""
        map_from_odom = self._robot.world_from_base(index) @ inverse(self._robot.odom_from_base(0))
        ahead_ns = self._robot.node.get_clock().now().nanoseconds + AHEAD_NS
        self._tf.sendTransform(to_transform(map_from_odom, "map", "odom", ahead_ns))


def start(processes: Processes, tiny_map: Path, robot: Robot, **seed: Any) -> Process:
    parameters = {"map": tiny_map, "tf_mode": "seed"} | {f"seed.{name}": value for name, value in seed.items()}
    process = start_node(processes, "localizer", parameters=parameters)
    robot.connect()
    return process


def drive(robot: Robot, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
    """Stand at 0 and look."""
    for _ in range(round(seconds / 0.25)):
        meanwhile()
        robot.ask(0)
        robot.spin(0.15)


def test_handed_over_taken_by_its_pose_and_then_quiet(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    process = start(processes, tiny_map, robot, timeout=2.0)
    robot.localize(0)
    amcl = Amcl(robot)  # comes late
    robot.spin(0.5)
    robot.localize(0)
    assert robot.spin_until(lambda: bool(amcl.seeds))
    seed = amcl.seeds[0]
    assert seed.header.frame_id == "map"
    assert np.linalg.norm((from_pose(seed.pose.pose) - robot.world_from_base(0))[:3, 3]) < 0.02
    amcl.say_pose(seed)
    process.wait_for("took the pose, confirmed by amcl_pose")
    drive(robot, 3.0)
    assert len(amcl.seeds) == 1
    assert not robot.map_tf
    # Quiet until it is to begin anew.
    call(robot, Empty, "localizer/reinitialize_global_localization", Empty.Request())
    robot.localize(0)
    assert robot.spin_until(lambda: len(amcl.seeds) == 2)


@pytest.mark.parametrize("confirm", ["either", "tf"])
def test_taken_as_its_tf_says(processes: Processes, tiny_map: Path, robot: Robot, confirm: str) -> None:
    process = start(processes, tiny_map, robot, timeout=30.0, confirm=confirm)
    amcl = Amcl(robot)
    robot.localize(0)
    drive(robot, 2.0, lambda: amcl.say_tf(2))  # where the robot is not
    assert len(amcl.seeds) == 1
    assert "took the pose" not in process.output
    drive(robot, 3.0, lambda: amcl.say_tf(0))
    process.wait_for("took the pose, confirmed by TF")
    assert len(amcl.seeds) == 1


def test_sent_again_where_it_was_not_taken_and_no_oftener_than_told(
    processes: Processes, tiny_map: Path, robot: Robot
) -> None:
    process = start(processes, tiny_map, robot, timeout=0.5, attempts=3)
    amcl = Amcl(robot)
    robot.localize(0)
    elsewhere = PoseWithCovarianceStamped()
    elsewhere.header.frame_id = "map"
    elsewhere.pose.pose.position.x = float("nan")
    amcl.say_pose(elsewhere)
    elsewhere.pose.pose.position.x = 30.0
    amcl.say_pose(elsewhere)
    elsewhere.pose.pose.orientation.w = 0.0  # no rotation
    amcl.say_pose(elsewhere)
    drive(robot, 4.0)
    assert len(amcl.seeds) == 3
    process.wait_for("3 seeds were sent")
    assert "Traceback" not in process.output


def test_a_pose_in_another_frame_is_no_confirmation(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    start(processes, tiny_map, robot, timeout=1.0, attempts=2, confirm="pose")
    amcl = Amcl(robot)
    robot.localize(0)
    assert robot.spin_until(lambda: bool(amcl.seeds))
    other = amcl.seeds[0]
    other.header.frame_id = "elsewhere"
    amcl.say_pose(other)
    drive(robot, 2.0)
    assert len(amcl.seeds) == 2


def test_confirmation_can_be_turned_off(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    process = start(processes, tiny_map, robot, timeout=0.2, confirm="none")
    amcl = Amcl(robot)
    robot.localize(0)
    drive(robot, 1.5)
    assert len(amcl.seeds) == 1
    process.wait_for("seed.confirm is none")


def test_the_global_service_is_amcls_and_the_private_one_is_always_there(
    processes: Processes, tiny_map: Path, robot: Robot
) -> None:
    name = "reinitialize_global_localization"

    def offered() -> dict[str, list[str]]:
        return {n: t for n, t in robot.node.get_service_names_and_types() if n.endswith(name)}

    process = start(processes, tiny_map, robot)
    assert robot.spin_until(lambda: f"/localizer/{name}" in offered())
    robot.spin(0.5)
    assert set(offered()) == {f"/localizer/{name}"}
    process.stop()
    robot.disconnect()
    start_node(processes, "localizer", parameters={"map": tiny_map}, name="second")
    assert robot.spin_until(lambda: set(offered()) == {f"/localizer/{name}", f"/{name}"})


@pytest.mark.parametrize(("height_m", "tilt_rad"), [(0.95, 0.0), (-3.0, 0.2)])
def test_a_base_link_above_the_plane_is_confirmed_by_x_y_and_yaw(
    processes: Processes, tiny_map: Path, robot: Robot, height_m: float, tilt_rad: float
) -> None:
    process = start(processes, tiny_map, robot, timeout=30.0, confirm="pose")
    amcl = Amcl(robot)
    robot.localize(0)
    assert robot.spin_until(lambda: bool(amcl.seeds))
    flat = from_pose(amcl.seeds[0].pose.pose) @ make(so3_exp([tilt_rad, 0, 0]), [0, 0, 0])
    flat[2, 3] += height_m
    answer = amcl.seeds[0]
    answer.pose.pose = to_pose(flat)
    amcl.say_pose(answer)
    process.wait_for("took the pose, confirmed by amcl_pose")


def test_an_amcl_that_restarts_is_seeded_again(
    processes: Processes, tiny_map: Path, robot: Robot, make_robot: Callable[..., Robot]
) -> None:
    process = start(processes, tiny_map, robot, confirm="none")
    seeds: list[PoseWithCovarianceStamped] = []

    def listen() -> Node:
        node = Node("amcl")
        node.create_subscription(PoseWithCovarianceStamped, "/initialpose", seeds.append, 10)
        return node

    def heard(node: Node, count: int) -> bool:
        for _ in range(30):
            robot.ask(0)
            spin_once(node, timeout_sec=0.1)
            if len(seeds) >= count:
                return True
        return False

    first = listen()
    robot.localize(0)
    assert heard(first, 1)
    for _ in range(5):
        robot.ask(0)
    assert len(seeds) == 1  # quiet
    second = listen()  # the old one crashed: its subscription stays in the graph for a while
    assert heard(second, 2)
    process.wait_for("The other localizer restarted")
    first.destroy_node()
    second.destroy_node()
    robot.spin(1.0)
    robot.ask(0)
    third = listen()
    assert heard(third, 3)
    third.destroy_node()


def test_others_who_listen_to_initialpose_are_no_restart(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    process = start(processes, tiny_map, robot, confirm="none")
    amcl = Amcl(robot)
    robot.localize(0)
    assert robot.spin_until(lambda: bool(amcl.seeds))
    echo = Node("ros2cli_echo")
    echo.create_subscription(PoseWithCovarianceStamped, "/initialpose", lambda message: None, 10)
    drive(robot, 3.0)
    assert len(amcl.seeds) == 1
    assert "restarted" not in process.output
    echo.destroy_node()
