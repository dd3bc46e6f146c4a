"""RViz's configuration and Foxglove's layout name only topics and services that the nodes offer, in a fitting type."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import yaml
from nav_msgs.msg import Path as PathMessage
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import PointCloud2
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot

from reloc.maps.reference_map import ReferenceMap

OF_RVIZ = {
    "MarkerArray": "visualization_msgs/msg/MarkerArray",
    "PointCloud2": "sensor_msgs/msg/PointCloud2",
    "Path": "nav_msgs/msg/Path",
    "PoseWithCovariance": "geometry_msgs/msg/PoseWithCovarianceStamped",
    "Image": "sensor_msgs/msg/Image",
}


def of_rviz(file: Path) -> dict[str, str]:
    """Topic and type of each display."""
    displays = yaml.safe_load(file.read_text())["Visualization Manager"]["Displays"]
    return {one["Topic"]["Value"]: OF_RVIZ[one["Class"].split("/")[1]] for one in displays if "Topic" in one}


def of_foxglove(file: Path) -> set[str]:
    """Topics and services that a layout names; of a path into a message, its topic."""
    json.loads(file.read_text())
    return set(re.findall(r'"(/[a-z_]+(?:/[a-z_]+)+)[."]', file.read_text()))


def test_all_that_is_named_is_offered_and_arrives(
    root: Path, processes: Processes, tiny_map: Path, robot: Robot
) -> None:
    node = robot.node
    clouds: list[PointCloud2] = []
    paths: list[PathMessage] = []
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    node.create_subscription(PointCloud2, "/reloc_map_server/landmarks", clouds.append, latched)
    node.create_subscription(PathMessage, "/localizer/path", paths.append, 1)
    start_node(processes, "map_server", parameters={"map": tiny_map})
    start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    offered = {name: types[0] for name, types in node.get_topic_names_and_types()}
    wanted = of_rviz(root / "launch" / "rviz" / "reloc.rviz")
    assert len(wanted) == 5
    assert {topic: offered.get(topic) for topic in wanted} == wanted
    services = {name for name, _ in node.get_service_names_and_types()}
    published = {topic for topic in offered if node.count_publishers(topic)}
    named = of_foxglove(root / "launch" / "foxglove" / "reloc.json")
    assert len(named) >= 6
    assert named <= published | services
    robot.localize(0)
    robot.localize(2)

    def has_arrived() -> bool:
        if not paths:
            return False
        last = paths[-1].poses[-1].pose.position
        return np.allclose((last.x, last.y, last.z), robot.world_from_base(2)[:3, 3], atol=0.05)

    assert robot.spin_until(lambda: bool(clouds) and has_arrived(), 10.0), paths
    points = np.frombuffer(bytes(clouds[-1].data), "<f4").reshape(-1, 3)
    landmarks = ReferenceMap.open(tiny_map).landmarks
    assert np.allclose(np.sort(points, axis=0), np.sort(landmarks, axis=0))
    assert paths[-1].header.frame_id == "map"


@pytest.mark.parametrize("text", ["/localizer/status.state", "/a/b"])
def test_the_search_for_names_finds_them(tmp_path: Path, text: str) -> None:
    file = tmp_path / "layout.json"
    file.write_text(json.dumps({"value": text}))
    assert of_foxglove(file) == {text.split(".")[0]}
