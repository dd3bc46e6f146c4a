"""Parts of the benchmarks on a live graph: a camera process, a localizer process, and a listener."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import rclpy
from geometry_msgs.msg import PoseStamped
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster

from reloc.geometry.cameras import Camera
from reloc_msgs.msg import Status
from reloc_node import dds
from reloc_node.conversions.camera_info import from_camera
from reloc_node.conversions.poses import to_nanoseconds, to_stamp, to_transform
from reloc_node.qos import sensor

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class View:
    """A camera image, and its pose by odometry."""

    message: Image | CompressedImage
    odom_from_cam: np.ndarray = field(default_factory=lambda: np.eye(4))  # (4, 4)


@dataclass
class Heard:
    """The arrival (ns) of each pose, and each status, by the image's stamp; and the begin and end of listening."""

    poses: dict[int, int] = field(default_factory=dict)
    statuses: dict[int, Status] = field(default_factory=dict)
    window_ns: tuple[int, int] = (0, 0)


def message_of(rgb: np.ndarray, transport: str) -> Image | CompressedImage:
    """Return an image message: rgb8, or JPEG as by image_transport."""
    if transport == "compressed":
        jpeg = CompressedImage(format="rgb8; jpeg compressed bgr8")
        quality = [cv2.IMWRITE_JPEG_QUALITY, 95]
        jpeg.data.frombytes(cv2.imencode(".jpg", np.ascontiguousarray(rgb[..., ::-1]), quality)[1].tobytes())
        return jpeg
    raw = Image(height=rgb.shape[0], width=rgb.shape[1], encoding="rgb8", step=3 * rgb.shape[1])
    raw.data.frombytes(np.ascontiguousarray(rgb).tobytes())
    return raw


def run_camera(views: Sequence[View], camera: Camera, rate: float, log: Path | None = None) -> None:
    """Publish the views forth and back without end, like a camera's process. Times of publishing go to ``log``."""
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = Node("camera")
    compressed = isinstance(views[0].message, CompressedImage)
    images = node.create_publisher(type(views[0].message), "image/compressed" if compressed else "image", sensor(5))
    infos = node.create_publisher(CameraInfo, "camera_info", sensor(5))
    odometry, mounting = TransformBroadcaster(node), StaticTransformBroadcaster(node)
    mounting.sendTransform(to_transform(np.eye(4), "base_link", "camera", 0))
    info = from_camera(camera)
    info.header.frame_id = "camera"
    sent: list[int] = []

    def end(*_: object) -> None:
        if log:
            log.write_text("\n".join(map(str, sent)))
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    order = [*range(len(views)), *range(len(views) - 2, 0, -1)] or [0]
    next_time, turn = time.monotonic(), 0
    while True:
        view = views[order[turn % len(order)]]
        turn += 1
        next_time += 1.0 / rate
        time.sleep(max(0.0, next_time - time.monotonic()))
        now_ns = time.time_ns()
        view.message.header.frame_id = "camera"
        info.header.stamp = view.message.header.stamp = to_stamp(now_ns)
        images.publish(view.message)
        sent.append(now_ns)
        infos.publish(info)
        # Odometry has the image's stamp, because waiting for the next odometry would be the robot's cost, not the
        # node's.
        odometry.sendTransform(to_transform(view.odom_from_cam, "odom", "base_link", now_ns))


def listen(seconds: float, warm_up: int) -> Heard:
    """Listen to a localizer for some seconds. The first ``warm_up`` poses do not count."""
    node = Node("listener")
    heard = Heard()

    def on_pose(pose: PoseStamped) -> None:
        heard.poses[to_nanoseconds(pose.header.stamp)] = time.time_ns()

    def on_status(status: Status) -> None:
        heard.statuses[to_nanoseconds(status.header.stamp)] = status

    node.create_subscription(PoseStamped, "localizer/pose", on_pose, 10)
    node.create_subscription(Status, "localizer/status", on_status, 10)
    deadline = time.monotonic() + 60
    while len(heard.poses) < warm_up:
        rclpy.spin_once(node, timeout_sec=0.1)
        if time.monotonic() > deadline:
            last = list(heard.statuses.values())[-1:] or "no status"
            raise SystemExit(f"No pose in 60 s: {last}")
    heard.poses.clear()
    heard.statuses.clear()
    begin_ns, end = time.time_ns(), time.monotonic() + seconds
    while time.monotonic() < end:
        rclpy.spin_once(node, timeout_sec=0.1)
    heard.window_ns = begin_ns, time.time_ns()
    node.destroy_node()
    return heard


def localizer_command(map_path: Path, **parameters: object) -> list[str]:
    """Return the command of the localizer's process."""
    command = [sys.executable, "-c", "from reloc_node.localizer_node import main; main()", "--ros-args"]
    for name, value in {"map": map_path, **parameters}.items():
        command += ["-p", f"{name}:={value}"]
    return [*command, "--log-level", "warn"]


@contextmanager
def running(*commands: Sequence[str]) -> Iterator[None]:
    """Run processes until the end of the context."""
    processes = [subprocess.Popen(command) for command in commands]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(20)


def use_own_graph() -> None:
    """Set a separate ROS domain for this process and its children, and start rclpy."""
    os.environ.setdefault("ROS_DOMAIN_ID", str(60 + os.getpid() % 40))
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    dds.use_profile()
    rclpy.init()
