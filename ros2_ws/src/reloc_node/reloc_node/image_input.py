"""Subscribe to a localizer's images, raw or compressed, and to their camera_info."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from rclpy.node import Node
from rclpy.qos import QoSPolicyKind
from rclpy.qos_overriding_options import QoSOverridingOptions
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from reloc_node.conversions.images import ImageMessage
from reloc_node.graph.offered import OfferedSubscription
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
        self.topic = "image"
        kind: type[ImageMessage] = Image
        if transport == "compressed":
            # Remapping `image` also remaps the compressed topic, as in image_transport.
            self.topic, kind = f"{node.resolve_topic_name('image')}/compressed", CompressedImage
        self.kind = kind
        # Only the newest image matters. The middleware may lose very large images; ROS's parameter
        # qos_overrides./image.subscription.reliability makes them reliable.
        self.images = OfferedSubscription(
            node,
            kind,
            self.topic,
            on_image,
            sensor(1),
            qos_overriding_options=QoSOverridingOptions([RELIABILITY]),
            latched=False,  # an old image is useless
        )
        self._on_info, self.infos, self._info_s = on_camera_info, 0, -math.inf
        # Drivers send camera_info with each image. Ports of ROS 1 drivers and some bags latch it once.
        self.camera_info = OfferedSubscription(node, CameraInfo, "camera_info", self._count_info, sensor(5))

    def look(self) -> None:
        """Update the subscriptions if publishers with another quality of service came or went."""
        self.images.look()
        self.camera_info.look()

    def close(self) -> None:
        """Stop listening."""
        self.images.close()
        self.camera_info.close()

    def info_silence_s(self) -> float:
        """Return the seconds since the last camera_info; infinite before the first one."""
        return time.monotonic() - self._info_s

    def _count_info(self, message: CameraInfo) -> None:
        self.infos += 1
        self._info_s = time.monotonic()
        self._on_info(message)
