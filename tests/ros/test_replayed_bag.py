"""A bag is written, replayed, and localized: the whole way that recorded data takes."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rclpy.serialization import serialize_message
from support.nodes import start_node
from support.processes import Processes
from support.robot import BASE_FROM_CAM, Robot, jpeg, raw, view
from support.tiny_world import CAMERA, query_poses
from tf2_msgs.msg import TFMessage

from reloc.maps.bags.writer import BagWriter, qos
from reloc_node.conversions.camera_info import from_camera
from reloc_node.conversions.poses import NANOSECONDS, to_header, to_nanoseconds, to_transform

START_NS = 1_700_000_000 * NANOSECONDS
STEP_NS = NANOSECONDS // 5
ROUNDS = 2


def stamps() -> list[tuple[int, int]]:
    """(time, query pose) of each image: there and back, again and again."""
    there = list(range(len(query_poses())))
    return [(START_NS + i * STEP_NS, index) for i, index in enumerate((there + there[::-1]) * ROUNDS)]


@pytest.fixture(params=["raw", "compressed"])
def bag(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[Path, str]:
    """A drive through the tiny world, as `ros2 bag record` writes it."""
    transport = request.param
    image_topic = "/image" if transport == "raw" else "/image/compressed"
    kind = "sensor_msgs/msg/" + ("Image" if transport == "raw" else "CompressedImage")
    path = tmp_path / "bag"
    with BagWriter(path, "mcap" if transport == "raw" else "sqlite3") as writer:
        writer.add_topic(image_topic, kind, [qos(reliable=False)])
        writer.add_topic("/camera_info", "sensor_msgs/msg/CameraInfo", [qos(reliable=False)])
        writer.add_topic("/tf", "tf2_msgs/msg/TFMessage", [qos()])
        writer.add_topic("/tf_static", "tf2_msgs/msg/TFMessage", [qos(latched=True)])
        mounting = to_transform(BASE_FROM_CAM, "base_link", "camera", START_NS)
        writer.write("/tf_static", START_NS, serialize_message(TFMessage(transforms=[mounting])))
        for stamp_ns, index in stamps():
            image, info = (raw if transport == "raw" else jpeg)(view(index)), from_camera(CAMERA)
            image.header = info.header = to_header("camera", stamp_ns)
            odometry = to_transform(Robot.odom_from_base(index), "odom", "base_link", stamp_ns)
            writer.write("/tf", stamp_ns, serialize_message(TFMessage(transforms=[odometry])))
            writer.write("/camera_info", stamp_ns, serialize_message(info))
            writer.write(image_topic, stamp_ns, serialize_message(image))
    return path, transport


def test_a_recorded_drive_is_localized(
    processes: Processes, tiny_map: Path, bag: tuple[Path, str], make_robot: Callable[..., Robot]
) -> None:
    path, transport = bag
    robot = make_robot(publishes=False)  # it only listens: all it says is in the bag
    parameters = {"map": tiny_map, "image_transport": transport, "use_sim_time": True}
    start_node(processes, "localizer", parameters=parameters)
    topics = ["/image" if transport == "raw" else "/image/compressed", "/camera_info", "/tf", "/tf_static"]
    command = [sys.executable, "-m", "reloc.cli.main", "replay", str(path), "--rate", "0.5", "--wait-for", *topics]
    replay = processes.start("replay", command)
    robot.spin_until(lambda: not replay.running, 60)
    robot.spin(0.5)
    assert replay.wait() == 0
    truth = dict(stamps())
    accepted = [status for status in robot.statuses if status.accepted]
    assert len(accepted) >= 5
    assert {to_nanoseconds(status.header.stamp) for status in robot.statuses} <= set(truth)
    for status in accepted:
        metres, radians = robot.error_of(status, truth[to_nanoseconds(status.header.stamp)])
        assert metres < 0.02
        assert radians < 0.01
