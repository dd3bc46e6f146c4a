"""Record the graph into a bag: every message as received, images as JPEG."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped, PoseWithCovarianceStamped
from nav_msgs.msg import Odometry
from rclpy.qos import DurabilityPolicy, QoSProfile, qos_profile_sensor_data
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import String
from tf2_msgs.msg import TFMessage

from reloc_demo.bags import DemoBagWriter, jpeg
from reloc_demo.referee import topics
from reloc_msgs.msg import Status
from reloc_node.guarded_node import GuardedNode

_DEEP = QoSProfile(depth=200)
_LATCHED = QoSProfile(depth=10, durability=DurabilityPolicy.TRANSIENT_LOCAL)
# The referee may discover the robot only after the robot published its first poses.
_KEPT = QoSProfile(depth=topics.TRUTH_KEPT, durability=DurabilityPolicy.TRANSIENT_LOCAL)
_RAW: dict[str, tuple[type, str, QoSProfile]] = {
    topics.CAMERA_INFO: (CameraInfo, "sensor_msgs/msg/CameraInfo", qos_profile_sensor_data),
    topics.ODOM: (Odometry, "nav_msgs/msg/Odometry", _DEEP),
    topics.TF: (TFMessage, "tf2_msgs/msg/TFMessage", _DEEP),
    topics.TF_STATIC: (TFMessage, "tf2_msgs/msg/TFMessage", _LATCHED),
    topics.TRUTH: (PoseStamped, "geometry_msgs/msg/PoseStamped", _KEPT),
    topics.POSE: (PoseStamped, "geometry_msgs/msg/PoseStamped", _DEEP),
    topics.POSE_WITH_COVARIANCE: (PoseWithCovarianceStamped, "geometry_msgs/msg/PoseWithCovarianceStamped", _DEEP),
}


class Recorder(GuardedNode):
    """Node ``referee``. It calls ``on_status`` and ``on_event`` for each message."""

    def __init__(
        self, bag: DemoBagWriter, on_status: Callable[[Status], None], on_event: Callable[[str], None]
    ) -> None:
        super().__init__("referee")
        self._bag, self._on_status_seen, self._on_event_seen = bag, on_status, on_event
        for topic, (kind, name, qos) in _RAW.items():
            self.create_subscription(kind, topic, self._writer(topic, name), qos, raw=True)
        self.create_subscription(Image, topics.IMAGE, self._on_image, qos_profile_sensor_data)
        self.create_subscription(Status, topics.STATUS, self._on_status, _DEEP)
        self.create_subscription(String, topics.EVENTS, self._on_event, _DEEP)

    def _now(self) -> int:
        return int(self.get_clock().now().nanoseconds)

    def _writer(self, topic: str, kind: str) -> Callable[[bytes], None]:
        return lambda cdr: self._bag.write_raw(topic, kind, self._now(), bytes(cdr))

    def _on_image(self, message: Image) -> None:
        now, stamp = self._now(), message.header.stamp
        rgb = np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)
        stamp_ns = stamp.sec * 10**9 + stamp.nanosec
        compressed = self._bag.compressed_image(jpeg(rgb), stamp_ns, message.header.frame_id)
        self._bag.write(topics.COMPRESSED, compressed, now)

    def _on_status(self, message: Status) -> None:
        self._write(topics.STATUS, "reloc_msgs/msg/Status", message)
        self._on_status_seen(message)

    def _on_event(self, message: String) -> None:
        self._write(topics.EVENTS, "std_msgs/msg/String", message)
        self._on_event_seen(message.data)

    def _write(self, topic: str, kind: str, message: Any) -> None:
        self._bag.write_raw(topic, kind, self._now(), serialize_message(message))


def open_bag(path: Path) -> DemoBagWriter:
    """Return a new bag that knows the project's own messages."""
    return DemoBagWriter(path, topics.definitions())
