"""A live localizer gets messages that nobody should send; between them it localizes as before."""

from __future__ import annotations

import itertools
import math
from array import array
from pathlib import Path

from builtin_interfaces.msg import Duration
from geometry_msgs.msg import Point32, Polygon, TransformStamped
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from rclpy.action import ActionClient
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from support.nodes import start_node
from support.processes import Process, Processes
from support.robot import Robot, jpeg, view
from support.ros_call import call
from support.tiny_world import CAMERA
from tf2_msgs.msg import TFMessage

from reloc_msgs.action import Relocalize
from reloc_node.conversions.camera_info import from_camera
from reloc_node.conversions.poses import to_transform

NUMBERS = [math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324]
NAMES = ["", "/", "/base_link", "x" * 5000, "é\x1b[2J", "a b/c", "base_link ", "%s%n"]
GARBAGE = [b"\0\1\0\0", b"\0\1\0\0\xff\xff\xff\xff", b"\0\1\0\0" + b"\xff" * 64, b"\0\1\0\0" + b"\0" * 3]


def memory_kb(process: Process) -> int:
    text = Path(f"/proc/{process.popen.pid}/status").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("VmRSS")))


def hostile_transforms() -> list[TransformStamped]:
    out = []
    for number, (parent, child) in itertools.product(NUMBERS, [("odom", "base_link"), ("x", "y")]):
        for part, name in (("translation", "x"), ("rotation", "w")):
            transform = TransformStamped(child_frame_id=child)
            transform.header.frame_id = parent
            transform.transform.rotation.w = 1.0
            setattr(getattr(transform.transform, part), name, number)
            out.append(transform)
    for parent, child in itertools.product(NAMES, NAMES):
        transform = TransformStamped(child_frame_id=child)
        transform.header.frame_id = parent
        transform.transform.rotation.w = 1.0
        out.append(transform)
    return out


def test_images_infos_and_transforms_end_nothing(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    localizer = start_node(processes, "localizer", parameters={"map": tiny_map, "max_image_age": 60.0})
    robot.connect()
    robot.localize(0)
    images = robot.node.create_publisher(Image, "image", qos_profile_sensor_data)
    infos = robot.node.create_publisher(CameraInfo, "camera_info", qos_profile_sensor_data)
    tf = robot.node.create_publisher(TFMessage, "/tf", 100)
    assert robot.spin_until(lambda: images.get_subscription_count() > 0 and tf.get_subscription_count() > 0)
    for raw in GARBAGE:
        for publisher in (images, infos, tf):
            publisher.publish(raw)
            robot.spin(0.02)
    for number, k in itertools.product(NUMBERS, (0, 2, 4)):
        info = from_camera(CAMERA)
        info.k[k] = number
        robot.send(0, info=info)
        robot.spin(0.02)
    for frame in NAMES:
        status = robot.ask(0, frame_id=frame)
        assert not status.accepted
        assert len(status.detail) < 2500
    for sec, nanosec in ((-(2**31), 0), (2**31 - 1, 2**32 - 1), (-1, 2**32 - 1), (0, 0)):
        image = Image(width=2**32 - 1, height=2**32 - 1, step=1, encoding="mono8")
        image.header.stamp.sec, image.header.stamp.nanosec = sec, nanosec
        images.publish(image)
        robot.spin(0.05)
    for transform in hostile_transforms():
        tf.publish(TFMessage(transforms=[transform]))
    for number in NUMBERS[3:5]:  # finite, but beyond all measure
        stamp_ns = robot.stamp_ns()
        transform = to_transform(robot.odom_from_base(0), "odom", "base_link", stamp_ns)
        transform.transform.translation.x = number
        tf.publish(TFMessage(transforms=[transform]))
        robot.spin(0.1)
        status = robot.ask(0, stamp_ns=stamp_ns, with_odom=False)
        assert (status.accepted, status.reason) == (False, "no_tf"), status
        assert "beyond any map" in status.detail
    robot.spin(0.5)
    assert localizer.running
    assert robot.localize(1).accepted
    assert len(localizer.output) < 100_000
    assert "Traceback" not in localizer.output


def test_a_flood_of_images_and_frames_stays_small(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    parameters = {"map": tiny_map, "image_transport": "compressed"}
    localizer = start_node(processes, "localizer", parameters=parameters)
    robot.connect()
    robot.localize(0, image=jpeg(view(0)))
    before = memory_kb(localizer)
    images = robot.node.create_publisher(CompressedImage, "image/compressed", qos_profile_sensor_data)
    tf = robot.node.create_publisher(TFMessage, "/tf", 100)
    assert robot.spin_until(lambda: images.get_subscription_count() > 0 and tf.get_subscription_count() > 0)
    bomb = CompressedImage(format="png")
    bomb.data = array(
        "B", b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\x75\x30" * 2 + b"\x08\0\0\0\0" + b"\0" * 500_000
    )
    for number in range(300):
        images.publish(bomb)
        names = [f"frame{number}_{n}" for n in range(100)]
        transforms = [TransformStamped(child_frame_id=name) for name in names]
        for transform in transforms:
            transform.header.frame_id, transform.transform.rotation.w = "odom", 1.0
        tf.publish(TFMessage(transforms=transforms))
        robot.spin(0.005)
    robot.spin(1.0)
    assert memory_kb(localizer) - before < 150_000
    assert robot.localize(1, image=jpeg(view(1))).accepted


def test_goals_that_make_no_sense_end_and_the_next_one_runs(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    localizer = start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    client = ActionClient(robot.node, Relocalize, "localizer/relocalize")
    assert robot.spin_until(client.server_is_ready)

    def corners(number: float) -> Polygon:
        return Polygon(points=[Point32(x=number, y=0.0), Point32(x=1.0, y=1.0), Point32(x=0.0, y=2.0)])

    goals = [Relocalize.Goal(region=corners(number)) for number in (math.nan, math.inf, 3e38, -3e38)]
    goals += [Relocalize.Goal(required_certainty=number) for number in (math.nan, math.inf, -1.0, 3e38)]
    goals += [Relocalize.Goal(timeout=Duration(sec=sec)) for sec in (-(2**31), 2**31 - 1)]
    goals += [Relocalize.Goal(region=corners(5.0), region_frame_id=name) for name in NAMES[1:]]
    for goal in goals:
        sent = client.send_goal_async(goal)
        assert robot.spin_until(sent.done)
        result = sent.result().get_result_async()
        assert robot.spin_until(result.done)
        assert result.result().result.outcome == Relocalize.Result.INVALID_GOAL
        assert 0 < len(result.result().result.reason) < 1500
    sent = client.send_goal_async(Relocalize.Goal())
    assert robot.spin_until(sent.done)
    result = sent.result().get_result_async()
    for _ in range(20):
        robot.ask(0)
        if result.done():
            break
    assert result.result().result.success
    assert "Traceback" not in localizer.output
    client.destroy()


def test_cycles_of_a_localizer_leak_no_publisher(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    localizer = start_node(processes, "localizer", parameters={"map": tiny_map})
    for _ in range(4):
        for number in (Transition.TRANSITION_DEACTIVATE, Transition.TRANSITION_ACTIVATE):
            request = ChangeState.Request(transition=Transition(id=number))
            assert call(robot, ChangeState, "localizer/change_state", request).success
    topics = [f"localizer/{name}" for name in ("pose", "pose_with_covariance", "status", "debug_image")]
    assert robot.spin_until(lambda: [robot.node.count_publishers(topic) for topic in topics] == [1] * 4)
    assert robot.spin_until(lambda: robot.node.count_subscribers("image") == 1)
    robot.connect()
    robot.localize(0)
    assert localizer.running
