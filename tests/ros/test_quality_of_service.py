"""Topics on which publishers use two qualities of service: both are heard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image
from support.nodes import start_node
from support.processes import Processes
from support.robot import BASE_FROM_CAM, Robot
from support.ros_call import call
from support.tiny_world import CAMERA
from tf2_msgs.msg import TFMessage

from reloc_msgs.msg import MapInfo
from reloc_msgs.srv import LoadMap
from reloc_node.conversions.camera_info import from_camera
from reloc_node.conversions.poses import to_header, to_transform
from reloc_node.graph.offered import OfferedSubscription
from reloc_node.map_transfer.served_map import ServedMap

BEST_EFFORT, RELIABLE = ReliabilityPolicy.BEST_EFFORT, ReliabilityPolicy.RELIABLE
VOLATILE, LATCHED = DurabilityPolicy.VOLATILE, DurabilityPolicy.TRANSIENT_LOCAL
KINDS = [(RELIABLE, LATCHED), (RELIABLE, VOLATILE), (BEST_EFFORT, VOLATILE), (BEST_EFFORT, LATCHED)]


def profile(reliability: ReliabilityPolicy, durability: DurabilityPolicy) -> QoSProfile:
    return QoSProfile(depth=5, reliability=reliability, durability=durability)


@pytest.mark.parametrize("offered", KINDS)
@pytest.mark.parametrize("asked", [(BEST_EFFORT, VOLATILE), (RELIABLE, VOLATILE), (RELIABLE, LATCHED)])
def test_whatever_is_offered_is_heard(make_robot: Callable[..., Robot], offered: tuple, asked: tuple) -> None:
    robot = make_robot(publishes=False)
    heard: list[CameraInfo] = []
    publisher = robot.node.create_publisher(CameraInfo, "info_of_two_kinds", profile(*offered))
    publisher.publish(CameraInfo(width=1))
    listener = make_robot(publishes=False)
    subscription = OfferedSubscription(listener.node, CameraInfo, "info_of_two_kinds", heard.append, profile(*asked))

    def done() -> bool:
        subscription.look()
        listener.spin(0.05)
        if offered != (RELIABLE, LATCHED):  # DDS keeps what was sent before for reliable subscriptions only
            publisher.publish(CameraInfo(width=2))
        return bool(heard)

    assert robot.spin_until(done, 10.0)
    subscription.close()


def test_the_second_subscription_goes_with_its_publisher(make_robot: Callable[..., Robot]) -> None:
    robot = make_robot(publishes=False)
    subscription = OfferedSubscription(
        robot.node, CameraInfo, "comes_and_goes", lambda message: None, profile(BEST_EFFORT, VOLATILE)
    )
    publisher = robot.node.create_publisher(CameraInfo, "comes_and_goes", profile(RELIABLE, LATCHED))

    def count() -> int:
        subscription.look()
        return len(subscription.profiles)

    assert robot.spin_until(lambda: count() == 2, 10.0)
    robot.node.destroy_publisher(publisher)
    assert robot.spin_until(lambda: count() == 1, 10.0)


@pytest.mark.parametrize("before", [True, False])
def test_camera_info_that_was_latched_once_is_used(
    processes: Processes, tiny_map: Path, make_robot: Callable[..., Robot], before: bool
) -> None:
    robot = make_robot()

    def latch() -> None:
        publisher = robot.node.create_publisher(CameraInfo, "camera_info", profile(RELIABLE, LATCHED))
        info = from_camera(CAMERA)
        info.header = to_header("camera", robot.stamp_ns())
        publisher.publish(info)

    if before:
        latch()
    process = start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    if not before:
        assert robot.ask(0, with_info=False).reason == "no_camera_info"
        latch()
        robot.spin(2.0)
    assert robot.localize(0, with_info=False).accepted
    assert "incompatible QoS" not in process.output


def test_a_static_transform_that_is_volatile_and_a_best_effort_tf_are_heard(
    processes: Processes, tiny_map: Path, make_robot: Callable[..., Robot]
) -> None:
    robot = make_robot(publishes=False)
    start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    static = robot.node.create_publisher(TFMessage, "/tf_static", profile(RELIABLE, VOLATILE))
    moving = robot.node.create_publisher(TFMessage, "/tf", profile(BEST_EFFORT, VOLATILE))
    robot.spin(2.0)

    def accepted() -> bool:
        stamp_ns = robot.stamp_ns()
        static.publish(TFMessage(transforms=[to_transform(BASE_FROM_CAM, "base_link", "camera", 0)]))
        moving.publish(TFMessage(transforms=[to_transform(robot.odom_from_base(0), "odom", "base_link", stamp_ns)]))
        return robot.ask(0, with_odom=False, stamp_ns=stamp_ns).accepted

    assert any(accepted() for _ in range(20))


def test_map_info_of_a_relay_that_does_not_latch_is_taken(
    processes: Processes, tiny_map: Path, tmp_path: Path, make_robot: Callable[..., Robot]
) -> None:
    robot = make_robot()
    start_node(processes, "map_server", remaps={"map_info": "elsewhere"})
    localizer = start_node(processes, "localizer", parameters={"map_cache": tmp_path})
    assert call(robot, LoadMap, "reloc_map_server/load_map", LoadMap.Request(path=str(tiny_map))).success
    infos = robot.node.create_publisher(MapInfo, "map_info", profile(RELIABLE, VOLATILE))
    info = ServedMap.open(str(tiny_map), 1 << 20, 0, "").info

    def fetched() -> bool:
        infos.publish(info)
        robot.spin(0.2)
        return "Ready: features" in localizer.output

    assert robot.spin_until(fetched, 40.0)


def test_a_latched_image_of_long_ago_is_not_asked_for(
    processes: Processes, tiny_map: Path, make_robot: Callable[..., Robot]
) -> None:
    robot = make_robot()
    camera = robot.node.create_publisher(Image, "image", profile(RELIABLE, LATCHED))
    camera.publish(Image(width=1, height=1, encoding="mono8", step=1, data=[0]))
    start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    robot.spin(2.0)
    assert not robot.statuses
