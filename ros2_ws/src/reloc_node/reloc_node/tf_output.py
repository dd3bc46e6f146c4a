"""What other nodes are told of where the robot is: map -> odom over TF, one pose for another localizer, or nothing.

Only one node may publish map -> odom, hence the modes.
"""

from __future__ import annotations

import threading
from typing import Protocol

from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.duration import Duration
from rclpy.node import Node
from tf2_ros import TransformBroadcaster

from reloc.datatypes import Float64
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.poses import to_transform


class TfOutput(Protocol):
    """One way to tell."""

    def update(self, map_frame: str, map_from_odom: Float64 | None, fix: PoseWithCovarianceStamped | None) -> None:
        """Take what is believed now (``None``: nothing), and the pose if this image gave an accepted one."""

    def reset(self) -> None:
        """Nothing is believed any more."""

    def close(self) -> None:
        """End."""


class NoOutput:
    """Mode ``none``."""

    def update(self, map_frame: str, map_from_odom: Float64 | None, fix: PoseWithCovarianceStamped | None) -> None:
        """Nothing."""

    def reset(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing."""


class TransformOutput:
    """Mode ``tf``: map -> odom, sent again between fixes and dated ahead. Silent while nothing is believed."""

    def __init__(self, node: Node, config: LocalizerNodeConfig) -> None:
        self._node = node
        self._map_frame, self._odom_frame = "", config.odom_frame
        self._ahead = Duration(nanoseconds=int(config.transform_tolerance * 1e9))
        self._broadcaster = TransformBroadcaster(node)
        self._lock = threading.Lock()  # fixes come from the worker's thread, repeats from the node's timer
        self._map_from_odom: Float64 | None = None
        self._timer = node.create_timer(1.0 / config.tf_rate, self._send)

    def update(self, map_frame: str, map_from_odom: Float64 | None, fix: PoseWithCovarianceStamped | None) -> None:
        """Send at once, then at the timer's rate."""
        with self._lock:
            self._map_frame, self._map_from_odom = map_frame, map_from_odom
        self._send()

    def reset(self) -> None:
        """Fall silent."""
        with self._lock:
            self._map_from_odom = None

    def close(self) -> None:
        """Fall silent for good."""
        self.reset()
        self._node.destroy_timer(self._timer)
        self._node.destroy_publisher(self._broadcaster.pub_tf)

    def _send(self) -> None:
        with self._lock:
            if self._map_from_odom is None:
                return
            now = self._node.get_clock().now()
            if now.nanoseconds == 0:  # simulated time that did not begin yet
                return
            stamp_ns = (now + self._ahead).nanoseconds
            self._broadcaster.sendTransform(
                to_transform(self._map_from_odom, self._map_frame, self._odom_frame, stamp_ns)
            )


class SeedOutput:
    """Mode ``seed``: one accepted pose to ``initialpose``, once somebody listens, then quiet until reset."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._publisher = node.create_publisher(PoseWithCovarianceStamped, "initialpose", 10)
        self._sent = False

    def update(self, map_frame: str, map_from_odom: Float64 | None, fix: PoseWithCovarianceStamped | None) -> None:
        """Send the first fix that has a listener."""
        if self._sent or fix is None or self._publisher.get_subscription_count() == 0:
            return
        self._publisher.publish(fix)
        self._sent = True
        self._node.get_logger().info("Handed a pose to initialpose; quiet from now on")

    def reset(self) -> None:
        """Allow one more."""
        self._sent = False

    def close(self) -> None:
        """End."""
        self._node.destroy_publisher(self._publisher)


def make_tf_output(node: Node, config: LocalizerNodeConfig) -> TfOutput:
    """The output of ``config.tf_mode``."""
    if config.tf_mode == "tf":
        return TransformOutput(node, config)
    return SeedOutput(node) if config.tf_mode == "seed" else NoOutput()
