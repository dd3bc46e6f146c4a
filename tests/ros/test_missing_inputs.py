"""What is missing stands in the log within 5 s and in diagnostics: what, where it should come from, who is there."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import TransformStamped
from rclpy.node import Node
from sensor_msgs.msg import CompressedImage, Image
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot, raw
from support.tiny_world import CAMERA
from tf2_ros import TransformBroadcaster

from reloc.geometry.transforms import inverse
from reloc_node.conversions.camera_info import from_camera
from reloc_node.conversions.poses import to_transform
from reloc_node.qos import sensor

WITHIN_S = 5.0 * 3  # on a machine that does other things as well


def diagnosed(robot: Robot, words: str) -> bool:
    """Whether diagnostics of the localizer come to say so."""
    found: list[str] = []

    def take(message: DiagnosticArray) -> None:
        found.extend(s.message for s in message.status if "localiz" in s.name)

    subscription = robot.node.create_subscription(DiagnosticArray, "/diagnostics", take, 10)
    try:
        return robot.spin_until(lambda: any(words in text for text in found), WITHIN_S)
    finally:
        robot.node.destroy_subscription(subscription)


def test_no_image_and_nobody_who_sends_one(processes: Processes, tiny_map: Path, make_robot: Callable) -> None:
    watcher = Node("other_camera")
    watcher.create_publisher(Image, "/front/image_rect", sensor(1))
    process = start_node(processes, "localizer", parameters={"map": tiny_map})
    begun = time.monotonic()
    process.wait_for(r"No image for .* on /image \(image_transport is raw\)\. Nobody publishes it", timeout_s=WITHIN_S)
    assert time.monotonic() - begun < WITHIN_S
    assert "/front/image_rect (sensor_msgs/msg/Image)" in process.output
    time.sleep(3.0)
    assert process.output.count("Nobody publishes it") == 1  # not every second
    watcher.destroy_node()


def test_no_image_though_a_camera_is_there_is_told_in_diagnostics(
    processes: Processes, tiny_map: Path, robot: Robot
) -> None:
    start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    assert diagnosed(robot, "It is published by /robot (sensor_msgs/msg/Image; best effort, volatile)")


def test_a_camera_that_is_less_reliable_than_asked_for_is_heard(
    processes: Processes, tiny_map: Path, make_robot: Callable
) -> None:
    robot = make_robot()
    parameters = {"map": tiny_map, "qos_overrides./image.subscription.reliability": "reliable"}
    start_node(processes, "localizer", parameters=parameters)
    robot.connect()
    robot.spin(2.0)
    assert robot.localize(0).accepted


def test_a_topic_of_another_type_is_named(processes: Processes, tiny_map: Path, make_robot: Callable) -> None:
    wrong = Node("wrong_camera")
    wrong.create_publisher(CompressedImage, "/image", sensor(1))
    process = start_node(processes, "localizer", parameters={"map": tiny_map})
    process.wait_for(r"/wrong_camera \(sensor_msgs/msg/CompressedImage;.*not heard", timeout_s=WITHIN_S)
    wrong.destroy_node()


def test_compressed_images_where_raw_ones_are_asked_for(
    processes: Processes, tiny_map: Path, make_robot: Callable
) -> None:
    camera = Node("packing_camera")
    camera.create_publisher(CompressedImage, "/image/compressed", sensor(1))
    process = start_node(processes, "localizer", parameters={"map": tiny_map})
    process.wait_for("But /image/compressed is published: set image_transport to compressed", timeout_s=WITHIN_S)
    camera.destroy_node()


def test_images_without_camera_info(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    process = start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    deadline = time.monotonic() + WITHIN_S
    while "no camera_info came on /camera_info" not in process.output and time.monotonic() < deadline:
        robot.send(0, with_info=False)
        robot.spin(0.3)
    assert "Images come, but no camera_info came on /camera_info" in process.output
    assert "No image for" not in process.output


def test_camera_info_comes_and_raw_images_do_not(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    process = start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    deadline = time.monotonic() + WITHIN_S
    info = robot._info
    while "reloc_node.dds" not in process.output and time.monotonic() < deadline:
        info.publish(from_camera(CAMERA))
        robot.spin(0.2)
    assert "raw images are lost on their way" in process.output
    assert "image_transport compressed" in process.output


@pytest.mark.parametrize(
    ("with_odom", "mounted", "named"), [(False, True, "odom from base_link"), (True, False, "base_link from camera")]
)
def test_the_transform_that_is_missing_is_named(
    processes: Processes, tiny_map: Path, make_robot: Callable, with_odom: bool, mounted: bool, named: str
) -> None:
    robot = make_robot(publishes=mounted)
    process = start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    deadline = time.monotonic() + WITHIN_S
    while f"Images cannot be used: no_tf: {named}" not in process.output and time.monotonic() < deadline:
        robot.send(0, with_odom=with_odom)
        robot.spin(0.3)
    assert f"Images cannot be used: no_tf: {named}" in process.output


def test_simulated_time_that_never_begins(processes: Processes, tiny_map: Path, make_robot: Callable) -> None:
    robot = make_robot()
    process = start_node(processes, "localizer", parameters={"map": tiny_map, "use_sim_time": True})
    process.wait_for(r"use_sim_time is true, and no time came on /clock \(published by nobody\)", timeout_s=WITHIN_S)
    assert diagnosed(robot, "no time came on /clock")


def test_no_map_server(processes: Processes, tmp_path: Path, robot: Robot) -> None:
    process = start_node(processes, "localizer", parameters={"map_cache": tmp_path, "map_server": "downstairs"})
    process.wait_for(r"There is no map yet .*/map_info is listened to.*'downstairs'", timeout_s=WITHIN_S)
    assert "Nobody publishes it" in process.output


def test_each_change_of_state_is_logged_with_its_reason(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    process = start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    robot.localize(0)
    process.wait_for(r"State RELOCALIZING: inconsistent: Look 1 of 3 that must agree")
    process.wait_for(r"State TRACKING \(was RELOCALIZING\): a pose was accepted, \d+ inliers")
    for _ in range(8):
        robot.ask(0, image=_dark())
        robot.spin(0.3)
    process.wait_for(r"State COASTING \(was TRACKING\): too_few_.* Coasting by odometry for ")
    for _ in range(3):
        robot.ask(0, image=_dark(), with_odom=False)
        robot.spin(0.6)
    process.wait_for(r"State LOST \(was COASTING\): .*there is no odometry for ")


def test_a_second_publisher_of_map_to_odom_is_named(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    process = start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    robot.localize(0)
    robot.spin(1.5)
    assert "Another node also publishes" not in process.output
    rival = Node("amcl_look_alike")
    broadcaster = TransformBroadcaster(rival)
    deadline = time.monotonic() + WITHIN_S
    while "Another node also publishes" not in process.output and time.monotonic() < deadline:
        stamp_ns = robot.node.get_clock().now().nanoseconds
        broadcaster.sendTransform(_elsewhere(robot, stamp_ns))
        robot.spin(0.2)
    assert "Another node also publishes map -> odom (" in process.output
    assert "/amcl_look_alike" in process.output
    rival.destroy_node()


def test_images_that_come_are_never_said_to_be_missing(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    """Looks are refused, or begin too late; but images come."""
    parameters = {"map": tiny_map, "gate.lost_after_s": 0.3, "image_timeout": 1.0}
    process = start_node(processes, "localizer", parameters=parameters)
    robot.connect()
    robot.localize(0)
    before = process.output.count("No image for")
    for _ in range(25):
        robot.send(0, image=_dark())
        robot.spin(0.15)
    assert process.output.count("No image for") == before


def _dark() -> Image:
    return raw(np.zeros((CAMERA.height, CAMERA.width), np.uint8))


def _elsewhere(robot: Robot, stamp_ns: int) -> TransformStamped:
    return to_transform(inverse(robot.odom_from_base(0)), "map", "odom", stamp_ns)
