"""Two robots in namespaces of their own with one map server, from the arguments of the launch files alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.processes import Process, Processes
from support.robot import Robot

from reloc_node.launching.arguments import COMMON, LOCALIZER
from reloc_node.launching.node_setup import NodeSetup
from reloc_node.launching.setups import localizer_setup, map_server_setup

pytestmark = pytest.mark.timeout(300)
SHARE = Path(__file__).resolve().parents[2] / "launch" / "params"
FLEET = {"map_server": "/fleet/maps"}


def given(**values: str) -> dict[str, str]:
    """Launch arguments: those that are typed, and defaults."""
    return {name: value for name, (value, _) in (COMMON | LOCALIZER).items()} | FLEET | values


def start(processes: Processes, setup: NodeSetup, module: str) -> Process:
    """What launch does with a setup."""
    return processes.start_main(setup.name, module, setup.ros_arguments(), ready="Now active")


def names(robot: Robot) -> set[str]:
    """All topics that the robot sees."""
    return {name for name, _ in robot.node.get_topic_names_and_types()}


def test_two_robots_share_a_map_server(
    processes: Processes, tiny_map: Path, make_robot: Callable[..., Robot], tmp_path: Path
) -> None:
    params, folder = str(SHARE / "reloc.yaml"), str(SHARE)
    server = map_server_setup(given(map=str(tiny_map)), params, folder)
    start(processes, server, "reloc_node.map_server_node")
    robots = []
    for name in ("robot1", "robot2"):
        setup = localizer_setup(given(namespace=name, tf="tf", tf_static="tf_static"), params, folder)
        cache = ["-p", f"map_cache:={tmp_path / name}"]
        arguments = [*setup.ros_arguments(), *cache]
        processes.start_main(name, "reloc_node.localizer_node", arguments, ready="^.*Ready: ", timeout_s=60)
        robots.append(make_robot(name, remaps=["/tf:=tf", "/tf_static:=tf_static"]))
    for robot, index in zip(robots, (0, 2), strict=True):
        robot.connect()
        status = robot.localize(index)
        metres, _ = robot.error_of(status, index)
        assert metres < 0.02
        assert robot.spin_until(lambda robot=robot: bool(robot.map_tf), 10.0)
        assert {"/robot1/tf", "/robot2/tf", "/fleet/map_info"} <= names(robot)
        # Nodes that another test killed stay on the graph for up to 20 s.
        assert robot.spin_until(lambda robot=robot: not {"/tf", "/robot1/map_info"} & names(robot), 30.0)


def test_two_cameras_of_one_robot(processes: Processes, tiny_map: Path, make_robot: Callable[..., Robot]) -> None:
    """The commands of docs/several-cameras.md: both give the robot's pose, and one of them owns map -> odom."""
    params, folder, shared = str(SHARE / "reloc.yaml"), str(SHARE), {"map_server": "/reloc_map_server"}
    start(processes, map_server_setup(given(map=str(tiny_map), **shared), params, folder), "reloc_node.map_server_node")
    front = localizer_setup(given(image="/front/image", camera_info="/front/camera_info", **shared), params, folder)
    rear = localizer_setup(
        given(namespace="rear", tf_mode="none", image="/rear/image", camera_info="/rear/camera_info", **shared),
        params,
        folder,
    )
    robots = {}
    for name, setup in (("front", front), ("rear", rear)):
        processes.start_main(name, "reloc_node.localizer_node", setup.ros_arguments(), ready="^.*Ready: ", timeout_s=60)
        localizer = "/localizer" if name == "front" else "localizer"
        robots[name] = make_robot(name, localizer=localizer, publishes=name == "front")
    for name, index in (("front", 0), ("rear", 2)):
        robots[name].connect()
        status = robots[name].localize(index)
        metres, _ = robots[name].error_of(status, index)
        assert metres < 0.02
    assert robots["front"].spin_until(lambda: bool(robots["front"].map_tf), 10.0)
    infos = robots["front"].node.get_publishers_info_by_topic("/tf")
    assert "rear" not in {info.node_namespace.strip("/") for info in infos if info.node_name == "localizer"}
