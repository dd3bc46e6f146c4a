"""Subscribe to a localizer's images, raw or compressed, and to their camera_info."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.node import Node
from rclpy.qos import QoSPolicyKind
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from reloc_node.conversions.images import ImageMessage
from reloc_node.qos import sensor

RELIABILITY = QoSPolicyKind.RELIABILITY


class ImageInput:
    """Listen from activation to deactivation."""

    def __init__(
        self,
        node: Node,
        transport: str,
        on_image: Callable[[ImageMessage], None],
        on_camera_info: Callable[[CameraInfo], None],
    ) -> None:
        self._node = node
        self.topic = "image"
        kind: type[ImageMessage] = Image
        if transport == "compressed":
            # Remapping `image` also moves the compressed topic, as in image_transport.
            self.topic, kind = f"{node.resolve_topic_name('image')}/compressed", CompressedImage
        self._subscriptions = [
            # Only the newest image counts. Very large images can be lost in transport. ROS's parameter
            # qos_overrides./image.subscription.reliability makes the transport reliable.
            node.create_subscription(
                kind, self.topic, on_image, sensor(1), qos_overriding_options=QoSOverridingOptions([RELIABILITY])
            ),
            node.create_subscription(CameraInfo, "camera_info", on_camera_info, sensor(5)),
        ]

    def close(self) -> None:
        """Stop listening."""
        for subscription in self._subscriptions:
            self._node.destroy_subscription(subscription)
