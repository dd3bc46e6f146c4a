"""From a bag to a live pose with four commands in two terminals, as the README shows it: with real processes."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rclpy.serialization import serialize_message
from support.processes import Process, Processes
from support.robot import BASE_FROM_CAM, WORLD_FROM_ODOM, jpeg
from support.tiny_world import CAMERA, reference_poses, render
from tf2_msgs.msg import TFMessage

from reloc.geometry.transforms import inverse
from reloc.maps.bags.writer import BagWriter, qos
from reloc_node.conversions.camera_info import from_camera
from reloc_node.conversions.poses import NANOSECONDS, to_header, to_transform

pytestmark = pytest.mark.timeout(300)
START_NS = 1_700_000_000 * NANOSECONDS
STEP_NS = NANOSECONDS // 5


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """A mapping drive: compressed images, camera_info, TF with the map -> odom of the system that knew the pose."""
    path = tmp_path / "drive"
    with BagWriter(path, "mcap") as writer:
        writer.add_topic("/camera/image_raw/compressed", "sensor_msgs/msg/CompressedImage", [qos(reliable=False)])
        writer.add_topic("/camera/camera_info", "sensor_msgs/msg/CameraInfo", [qos(reliable=False)])
        writer.add_topic("/tf", "tf2_msgs/msg/TFMessage", [qos()])
        writer.add_topic("/tf_static", "tf2_msgs/msg/TFMessage", [qos(latched=True)])
        mounting = to_transform(BASE_FROM_CAM, "base_link", "camera", START_NS)
        writer.write("/tf_static", START_NS, serialize_message(TFMessage(transforms=[mounting])))
        there = list(range(len(reference_poses())))
        for i, index in enumerate(there + there[::-1]):
            stamp_ns = START_NS + i * STEP_NS
            world_from_cam = reference_poses()[index]
            odom_from_base = inverse(WORLD_FROM_ODOM) @ world_from_cam @ inverse(BASE_FROM_CAM)
            transforms = [
                to_transform(WORLD_FROM_ODOM, "map", "odom", stamp_ns),
                to_transform(odom_from_base, "odom", "base_link", stamp_ns),
            ]
            image, info = jpeg(render(world_from_cam)[0]), from_camera(CAMERA)
            image.header = info.header = to_header("camera", stamp_ns)
            writer.write("/tf", stamp_ns, serialize_message(TFMessage(transforms=transforms)))
            writer.write("/camera/camera_info", stamp_ns, serialize_message(info))
            writer.write("/camera/image_raw/compressed", stamp_ns, serialize_message(image))
    return path


def command(processes: Processes, *words: str, ready: str | None = None) -> Process:
    """Type a command into a terminal."""
    started = processes.start(words[0], [sys.executable, "-m", "reloc.cli.main", *words], ready=ready, timeout_s=120)
    return started


def test_four_commands_lead_from_a_bag_to_a_live_pose(processes: Processes, bag: Path, tmp_path: Path) -> None:
    begin = time.monotonic()
    house = str(tmp_path / "house.map")
    build = command(processes, "map", "build", str(bag), "--source", "rosbag2", "--out", house, "--calibrate", "none")
    assert build.wait(120) == 0, build.output
    run = command(processes, "run", house, "--image", "/camera/image_raw/compressed", "--sim-time")
    replay = command(processes, "replay", str(bag), "--loop", "--wait-for", "/camera/image_raw/compressed")
    watch = command(processes, "watch", "--until-pose", "--timeout", "100", "--json")
    assert watch.wait(120) == 0, f"{watch.output}\n{run.output}\n{replay.output}"
    print(f"from the bag to a live pose: {time.monotonic() - begin:.1f} s")
    seen = json.loads(watch.output.splitlines()[-1])
    assert seen["state"] == "TRACKING"
    assert seen["node"] == "/localizer"
    assert seen["frame"] == "map"
    truths = [(pose @ inverse(BASE_FROM_CAM))[:3, 3] for pose in reference_poses()]
    assert min(np.linalg.norm(np.subtract(seen["position"], truth)) for truth in truths) < 0.02
    assert "leaving out 'map' -> 'odom'" in replay.output
    once = command(processes, "watch", "--once")
    assert once.wait(30) == 0, once.output
    assert replay.running
    assert run.stop() == 0
    silent = command(processes, "watch", "--once", "--timeout", "3")
    assert silent.wait(30) == 1  # a health check must notice that nothing runs any more
    assert "SILENT" in silent.output


def test_a_node_that_ends_ends_the_command(processes: Processes, tiny_map: Path) -> None:
    run = command(processes, "run", str(tiny_map), "--param", "localizer:=no_such_method", "--param", "tf_rate:=-5.0")
    assert run.wait(60) == 1
    assert "tf_rate" in run.output
    assert "ended with status 1" in run.output
