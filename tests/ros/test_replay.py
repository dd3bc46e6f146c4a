"""``reloc replay``: what was recorded comes out, byte for byte, with its times, names and quality of service."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from builtin_interfaces.msg import Time
from nav_msgs.msg import Odometry
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from support import bags
from support.bags import at
from support.spin import spin_until
from tf2_msgs.msg import TFMessage

from reloc.cli.main import main
from reloc.maps.bags.writer import BagWriter, qos

LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
IMAGES = "/cam/image_raw"
PLAYER = "reloc_node.replaying.play"


@dataclass
class Heard:
    """Messages of one topic, and when they came."""

    messages: list[Any]
    times: list[float]


@pytest.fixture
def listen(ros_node) -> Callable[..., Heard]:
    def subscribe(kind, topic, profile=10, **options) -> Heard:
        heard = Heard([], [])

        def hear(message):
            heard.messages.append(message)
            heard.times.append(time.monotonic())

        ros_node.create_subscription(kind, topic, hear, profile, **options)
        return heard

    return subscribe


@pytest.fixture
def bag(tmp_path):
    """Ten images in 0.9 s, TF and odometry for 1.2 s."""
    path = [(at(t), "/odom", bags.odometry(at(t), bags.world_from_base(t))) for t in bags.times()]
    return bags.write(tmp_path / "bag", bags.ordered(bags.mount(), bags.camera_part(), path))


def replay(processes, bag, *options, wait_for=()):
    """Start it; the first message is sent when those who listen to ``wait_for`` are there."""
    arguments = ["replay", str(bag), "--delay", "0.5", *map(str, options)]
    arguments += ["--wait-for", *wait_for] if wait_for else []
    return processes.start_main("replay", "reloc.cli.main", arguments, imports=[PLAYER], ready="^playing")


def tf_of(stamp_ns: int, edges: list[tuple[str, str]]) -> bytes:
    """A message with one transform for each parent and child."""
    made = [bags.tf(stamp_ns, parent, child, np.eye(4)) for parent, child in edges]
    made[0].transforms = [transform for message in made for transform in message.transforms]
    return bags.cdr(made[0])


def seconds(stamp: Time) -> float:
    return stamp.sec + stamp.nanosec * 1e-9


def test_everything_comes_out_as_it_was_recorded(ros_node, listen, processes, bag):
    images = listen(Image, IMAGES, 50)
    infos, odometry = listen(CameraInfo, "/cam/camera_info", 50), listen(Odometry, "/odom", 50)
    clock = listen(Clock, "/clock", 200)
    process = replay(processes, bag, wait_for=(IMAGES, "/cam/camera_info", "/odom", "/clock"))
    assert spin_until(ros_node, lambda: not process.running, 60.0)
    spin_until(ros_node, lambda: False, 0.3)
    assert process.wait() == 0
    assert "played 46 messages" in process.output
    assert (len(images.messages), len(infos.messages), len(odometry.messages)) == (10, 10, 25)
    for i, image in enumerate(images.messages):
        pixels = np.frombuffer(image.data, np.uint8).reshape(bags.HEIGHT, bags.WIDTH, 3)
        np.testing.assert_array_equal(pixels, bags.pixels(i))
    stamp = odometry.messages[7].header.stamp
    sent = bags.odometry(at(bags.times()[7]), bags.world_from_base(bags.times()[7]))
    assert seconds(stamp) == pytest.approx(at(bags.times()[7]) * 1e-9)
    assert odometry.messages[7] == deserialize_message(bags.cdr(sent), Odometry)  # bytes between fields are undefined
    ticks = [seconds(c.clock) for c in clock.messages]
    assert ticks == sorted(ticks)
    assert 60 <= len(ticks) <= 121  # 100 Hz for 1.2 s; a machine under load may lose some
    assert ticks[-1] - ticks[0] == pytest.approx(1.2, abs=0.1)


def test_half_speed_takes_twice_as_long(ros_node, listen, processes, bag):
    images = listen(Image, IMAGES, 50)
    process = replay(processes, bag, "--rate", 0.5, "--topics", IMAGES, wait_for=[IMAGES])
    assert spin_until(ros_node, lambda: len(images.messages) == 10, 60.0)
    assert 1.6 < images.times[-1] - images.times[0] < 3.0
    assert process.wait() == 0


def test_latched_transforms_reach_who_comes_late_and_who_starts_late(ros_node, listen, processes, bag):
    process = replay(processes, bag, "--start", 0.5, "--loop")
    time.sleep(2.0)
    static = listen(TFMessage, "/tf_static", LATCHED)
    assert spin_until(ros_node, lambda: bool(static.messages), 60.0)
    assert static.messages[0].transforms[0].child_frame_id == "cam"
    assert process.running


def test_loop_begins_again(ros_node, listen, processes, bag):
    clock, images = listen(Clock, "/clock", 200), listen(Image, IMAGES, 50)
    process = replay(processes, bag, "--loop", "--rate", 2, wait_for=[IMAGES])
    assert spin_until(ros_node, lambda: len(images.messages) > 25, 30.0)
    ticks = [seconds(c.clock) for c in clock.messages]
    assert any(later < earlier - 1.0 for earlier, later in pairwise(ticks))
    assert process.stop() == 130  # as `reloc` ends when it is interrupted


def test_recorded_quality_of_service_is_offered(ros_node, tmp_path, processes):
    with BagWriter(tmp_path / "bag") as writer:
        writer.add_topic(IMAGES, bags.IMAGE, [qos(reliable=False, depth=5)])
        writer.add_topic("/odom", bags.ODOMETRY, [qos()])
        for i in range(30):
            writer.write(IMAGES, at(i / 10), bags.cdr(bags.image(at(i / 10), bags.pixels(i))))
            writer.write("/odom", at(i / 10), bags.cdr(bags.odometry(at(i / 10), np.eye(4))))
    replay(processes, tmp_path / "bag", "--qos", "/odom=transient_local")

    def offered(topic):
        found = ros_node.get_publishers_info_by_topic(topic)
        return found[0].qos_profile if found else None

    assert spin_until(ros_node, lambda: offered(IMAGES) is not None and offered("/odom") is not None)
    assert offered(IMAGES).reliability == ReliabilityPolicy.BEST_EFFORT
    assert offered("/odom").reliability == ReliabilityPolicy.RELIABLE
    assert offered("/odom").durability == DurabilityPolicy.TRANSIENT_LOCAL


def test_remap_and_duration(ros_node, listen, processes, bag):
    images = listen(Image, "/elsewhere")
    options = ("--remap", f"{IMAGES}:=/elsewhere", "--duration", 0.5, "--clock", 0)
    process = replay(processes, bag, *options, wait_for=["/elsewhere"])
    assert spin_until(ros_node, lambda: not process.running, 60.0)
    spin_until(ros_node, lambda: len(images.messages) >= 5, 5.0)
    assert len(images.messages) == 5
    assert ros_node.count_publishers("/clock") == 0


def test_a_type_that_is_not_installed_is_named_and_left_out(ros_node, listen, tmp_path, processes):
    odometry = listen(Odometry, "/odom")
    with BagWriter(tmp_path / "bag", definitions={"foo_msgs/msg/Bar": "int32 a"}) as writer:
        writer.add_topic("/bar", "foo_msgs/msg/Bar")
        writer.add_topic("/odom", bags.ODOMETRY)
        writer.write("/bar", at(0), b"\0\1\0\0\7\0\0\0")
        writer.write("/odom", at(0), bags.cdr(bags.odometry(at(0), np.eye(4))))
    process = replay(processes, tmp_path / "bag", wait_for=["/odom"])
    assert spin_until(ros_node, lambda: bool(odometry.messages), 60.0)
    assert "skipped /bar: its type foo_msgs/msg/Bar is not installed" in process.output
    assert process.wait() == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--topics", "/nothing"], "no topic /nothing"),
        (["--remap", "/odom"], "--remap /odom"),
        (["--qos", "/odom=fast"], "'fast'"),
        (["--wait-for", "/nothing"], "/nothing is not published"),
        (["--start", "9"], "Nothing is left after --start 9"),
    ],
)
def test_what_cannot_be_played_is_said(bag, capsys, options, words):
    assert main(["replay", str(bag), *options]) == 2
    assert words in capsys.readouterr().err


def test_a_broken_bag_is_named(bag, capsys):
    file = next(f for f in bag.iterdir() if f.suffix in (".db3", ".mcap"))
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert main(["replay", str(bag)]) == 2
    assert "cut off" in capsys.readouterr().err
    file.write_bytes(whole)
    (bag / "metadata.yaml").unlink()
    assert main(["replay", str(bag)]) == 2
    assert "not closed" in capsys.readouterr().err


def test_the_bags_own_map_to_odom_is_left_out(ros_node, listen, tmp_path, processes):
    """Else a localizer and the bag publish one transform. In any namespace, in any topic of transforms."""
    edges = [("map", "odom"), ("robot1/map", "robot1/odom"), ("odom", "base_link"), ("map", "dock")]
    moments = [tf_of(at(0.1 * i), edges) for i in range(10)]
    only_dropped = tf_of(at(0.95), edges[:2])
    with BagWriter(tmp_path / "bag") as writer:
        writer.add_topic("/robot1/tf", bags.TF, [qos()])
        for i, message in enumerate([*moments, only_dropped]):
            writer.write("/robot1/tf", at(0.1 * i), message)
    heard = listen(TFMessage, "/robot1/tf", 50)
    process = replay(processes, tmp_path / "bag", wait_for=["/robot1/tf"])
    assert process.wait() == 0
    spin_until(ros_node, lambda: len(heard.messages) >= 10, 5.0)
    pairs = {(t.header.frame_id, t.child_frame_id) for m in heard.messages for t in m.transforms}
    assert pairs == set(edges[2:])
    assert len(heard.messages) == 10  # the one of nothing else is not published empty
    assert process.output.count("leaving out 'map' -> 'odom'") == 1
    assert "leaving out 'robot1/map' -> 'robot1/odom'" in process.output
    kept = replay(processes, tmp_path / "bag", "--keep-tf", wait_for=["/robot1/tf"])
    assert kept.wait() == 0
    spin_until(ros_node, lambda: len(heard.messages) >= 21, 5.0)
    assert len(heard.messages) == 21
    assert {(t.header.frame_id, t.child_frame_id) for m in heard.messages for t in m.transforms} == set(edges)


def test_a_bag_of_one_moment_does_not_flood_in_a_loop(ros_node, listen, tmp_path, processes):
    with BagWriter(tmp_path / "bag") as writer:
        writer.add_topic("/tf", bags.TF, [qos()])
        writer.write("/tf", at(0.0), tf_of(at(0.0), [("odom", "base_link")]))
    heard = listen(TFMessage, "/tf", 500)
    process = replay(processes, tmp_path / "bag", "--loop", wait_for=["/tf"])
    assert spin_until(ros_node, lambda: len(heard.messages) >= 2, 30.0)
    before = len(heard.messages)
    spin_until(ros_node, lambda: False, 2.0)
    assert len(heard.messages) - before <= 3
    process.stop()
