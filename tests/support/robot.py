"""A robot in the tiny world: it publishes what a real one does, and keeps what a localizer answers."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence

import cv2
import numpy as np
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from lifecycle_msgs.srv import GetState
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.qos import QoSProfile, qos_profile_sensor_data
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from tf2_msgs.msg import TFMessage
from tf2_ros import StaticTransformBroadcaster, TransformBroadcaster

from reloc.datatypes import Float64, UInt8
from reloc.geometry import transforms
from reloc_msgs.msg import Status
from reloc_node.conversions.camera_info import from_camera
from reloc_node.conversions.poses import NANOSECONDS, from_transform, to_header, to_nanoseconds, to_stamp, to_transform
from support.tiny_world import CAMERA, query_poses, render

# The camera looks along the base's x axis, from 0.1 m before and 0.3 m above its origin.
BASE_FROM_CAM = transforms.make([[0, 0, 1], [-1, 0, 0], [0, -1, 0]], [0.1, 0.0, 0.3])
# Odometry began somewhere else than the map.
WORLD_FROM_ODOM = transforms.make(transforms.so3_exp([0, 0, 0.7]), [2.0, -1.0, 0.0])
STEP_NS = NANOSECONDS // 10
UNKNOWN_NODE = "_NODE_NAME_UNKNOWN_"  # what ROS says of a publisher that it has found before its node


@functools.cache
def view(index: int) -> UInt8:
    """What the camera sees at query pose ``index``, (H, W, 3) RGB."""
    return render(query_poses()[index])[0]


def raw(image: UInt8) -> Image:
    """As rgb8, or mono8 for a grey image."""
    encoding = "rgb8" if image.ndim == 3 else "mono8"
    out = Image(height=image.shape[0], width=image.shape[1], encoding=encoding, step=image[0].nbytes)
    out.data.frombytes(image.tobytes())
    return out


def jpeg(image: UInt8) -> CompressedImage:
    """As image_transport compresses it."""
    out = CompressedImage(format="rgb8; jpeg compressed bgr8")
    out.data.frombytes(cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95])[1].tobytes())
    return out


class Robot:
    """Topics are relative: give a namespace to have several. ``start_ns`` set: simulated time, published as /clock."""

    def __init__(
        self,
        namespace: str = "",
        *,
        localizer: str = "localizer",
        reliable: bool = False,
        start_ns: int | None = None,
        publishes: bool = True,
        remaps: Sequence[str] = (),
    ) -> None:
        """``remaps`` are written as on a command line, ``/tf:=tf``."""
        simulated = [Parameter("use_sim_time", value=start_ns is not None)]
        arguments = ["--ros-args", *(word for text in remaps for word in ("-r", text))]
        self.node = Node("robot", namespace=namespace, parameter_overrides=simulated, cli_args=arguments)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self.node)
        self.now_ns = start_ns
        self._localizer = localizer
        qos = QoSProfile(depth=5) if reliable else qos_profile_sensor_data
        self._raw = self.node.create_publisher(Image, "image", qos)
        self._jpeg = self.node.create_publisher(CompressedImage, "image/compressed", qos)
        self._info = self.node.create_publisher(CameraInfo, "camera_info", qos)
        self._clock = self.node.create_publisher(Clock, "/clock", qos_profile_sensor_data) if start_ns else None
        self._tf = TransformBroadcaster(self.node)
        self._static = StaticTransformBroadcaster(self.node)
        if publishes:
            self._static.sendTransform(to_transform(BASE_FROM_CAM, "base_link", "camera", 0))
        self.poses: list[PoseStamped] = []
        self.fixes: list[PoseWithCovarianceStamped] = []
        self.statuses: list[Status] = []
        self.seeds: list[PoseWithCovarianceStamped] = []
        self.map_tf: list = []
        self._listen(PoseStamped, f"{localizer}/pose", self.poses.append)
        self._listen(PoseWithCovarianceStamped, f"{localizer}/pose_with_covariance", self.fixes.append)
        self._listen(Status, f"{localizer}/status", self.statuses.append)
        self._listen(TFMessage, "/tf", self._on_tf, depth=100)

    def _listen(self, kind: type, topic: str, take: Callable, depth: int = 50) -> None:
        self.node.create_subscription(kind, topic, take, depth)

    def _on_tf(self, message: TFMessage) -> None:
        self.map_tf += [t for t in message.transforms if t.child_frame_id == "odom"]

    def listen_for_seeds(self) -> None:
        """Listen to initialpose, as AMCL does."""
        self._listen(PoseWithCovarianceStamped, "initialpose", self.seeds.append)

    def stamp_ns(self) -> int:
        """The next image's time: later by a tenth of a second in simulated time, else now."""
        if self.now_ns is None:
            return self.node.get_clock().now().nanoseconds
        self.now_ns += STEP_NS
        if self._clock:
            self._clock.publish(Clock(clock=to_stamp(self.now_ns)))
        return self.now_ns

    def send(
        self,
        index: int = 0,
        *,
        image: Image | CompressedImage | None = None,
        info: CameraInfo | None = None,
        with_info: bool = True,
        with_odom: bool = True,
        stamp_ns: int | None = None,
        frame_id: str = "camera",
    ) -> int:
        """Be at query pose ``index``: publish odometry, calibration and an image. Returns the image's time."""
        stamp_ns = self.stamp_ns() if stamp_ns is None else stamp_ns
        if with_odom:
            self._tf.sendTransform(to_transform(self.odom_from_base(index), "odom", "base_link", stamp_ns))
        if with_info:
            info = info or from_camera(CAMERA)
            info.header = to_header(frame_id, stamp_ns)
            self._info.publish(info)
        image = raw(view(index)) if image is None else image
        image.header = to_header(frame_id, stamp_ns)
        (self._jpeg if isinstance(image, CompressedImage) else self._raw).publish(image)
        return stamp_ns

    @staticmethod
    def world_from_base(index: int) -> Float64:
        """Where the robot truly is at query pose ``index``."""
        return query_poses()[index] @ transforms.inverse(BASE_FROM_CAM)

    @classmethod
    def odom_from_base(cls, index: int) -> Float64:
        """What its odometry says there; without drift."""
        return transforms.inverse(WORLD_FROM_ODOM) @ cls.world_from_base(index)

    def spin(self, seconds: float) -> None:
        """Handle what comes for a while."""
        self.spin_until(lambda: False, seconds)

    def spin_until(self, condition: Callable[[], bool], timeout_s: float = 15.0) -> bool:
        """Handle what comes until ``condition`` holds; False when the time is over."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > deadline:
                return False
            self._executor.spin_once(timeout_sec=0.02)
        return True

    def status_of(self, stamp_ns: int, timeout_s: float = 10.0) -> Status:
        """The status of the image with that time."""
        found: list[Status] = []

        def there() -> bool:
            found[:] = [s for s in self.statuses if to_nanoseconds(s.header.stamp) == stamp_ns]
            return bool(found)

        assert self.spin_until(there, timeout_s), f"no status in {timeout_s} s; {len(self.statuses)} others"
        return found[0]

    def ask(self, index: int = 0, **sent) -> Status:
        """Send one image and wait for its status."""
        return self.status_of(self.send(index, **sent))

    def connect(self, timeout_s: float = 30.0) -> None:
        """Wait until the localizer listens and is heard, and has itself found what is said here.

        An image sent to one that does not know yet who sends is lost. Discovery tells of publishers and subscriptions
        in the order of their making: who answers a client made last knows of all that was made before.
        """
        assert self.spin_until(self._has_found_localizer, timeout_s), "no localizer listens"
        info = self._speakers()[0]
        name = f"{info.node_namespace.rstrip('/')}/{info.node_name}/get_state"
        client = self.node.create_client(GetState, name)
        deadline = time.monotonic() + timeout_s
        answered = False
        while not answered and time.monotonic() < deadline:  # a response may be lost in the same way
            future = client.call_async(GetState.Request())
            answered = self.spin_until(future.done, 2.0)
            client.remove_pending_request(future)
        self.node.destroy_client(client)
        assert answered, f"no answer from {name}"
        self.spin(0.3)  # what is latched, as the camera's mounting is, comes a moment after its publisher was found

    def _has_found_localizer(self) -> bool:
        listens = self._image_listeners() > 0 and self._info.get_subscription_count() > 0
        return listens and bool(self._speakers())

    def _speakers(self) -> list:
        """Who publishes the status, as far as its node's name has been heard, too."""
        found = self.node.get_publishers_info_by_topic(self.node.resolve_topic_name(f"{self._localizer}/status"))
        return [info for info in found if info.node_name != UNKNOWN_NODE]

    def disconnect(self, timeout_s: float = 30.0) -> None:
        """Wait until the localizer that was stopped is forgotten, so that `connect` meets only its successor."""
        assert self.spin_until(lambda: not self._image_listeners(), timeout_s), "a localizer still listens"

    def _image_listeners(self) -> int:
        return self._raw.get_subscription_count() + self._jpeg.get_subscription_count()

    def localize(self, index: int = 0, tries: int = 30, **sent) -> Status:
        """Send images until one is accepted, and return its status."""
        for number in range(tries):
            status = self.ask(index, **sent)
            if status.accepted:
                assert self.spin_until(lambda s=status: self.pose_of(s) is not None, 5.0), "a status without its pose"
                return status
            if number > 4:
                self.spin(0.2)  # what it remembers of bad images is a matter of seconds
        raise AssertionError(f"not accepted in {tries} images; the last: {status.reason}: {status.detail}")

    def pose_of(self, status: Status) -> PoseStamped | None:
        """The pose that was published for the same image."""
        return next((p for p in self.poses if p.header.stamp == status.header.stamp), None)

    def error_of(self, status: Status, index: int) -> tuple[float, float]:
        """Metres and radians between the published pose and the truth."""
        message = self.pose_of(status)
        assert message is not None
        p, q = message.pose.position, message.pose.orientation
        pose = transforms.from_quaternion((q.x, q.y, q.z, q.w), (p.x, p.y, p.z))
        truth = self.world_from_base(index)
        return transforms.distance_between(pose, truth), transforms.rotation_angle_between(pose, truth)

    def map_from_odom(self) -> Float64:
        """The newest that came over TF."""
        return from_transform(self.map_tf[-1].transform)

    def close(self) -> None:
        """End."""
        self._executor.shutdown()
        self.node.destroy_node()


def gray(image: UInt8) -> UInt8:
    """As a mono camera sees it."""
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), dtype=np.uint8)
