"""Publish the robot's position for other nodes: map -> odom over TF, one pose for another localizer, or nothing.

Never run two publishers of map -> odom; the modes prevent it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from geometry_msgs.msg import PoseWithCovarianceStamped
from rclpy.duration import Duration
from rclpy.node import Node
from tf2_ros import TransformBroadcaster

from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.poses import to_transform
from reloc_node.frames import Frames
from reloc_node.outputs.believed import Believed
from reloc_node.outputs.seed_config import SeedConfig
from reloc_node.outputs.seed_output import SeedOutput


@dataclass(frozen=True, slots=True)
class Signals:
    """The calls from the output to the rest of the node."""

    why_silent: Callable[[float], str]  # returns why no look came for some seconds
    sent: Callable[[int], None]  # called before a transform with this stamp (ns) is sent


class TfOutput(Protocol):
    """Interface of an output mode."""

    def update(self, map_frame: str, believed: Believed | None, fix: PoseWithCovarianceStamped | None) -> None:
        """Process the current map -> odom (None if unknown), and the pose if it was accepted for this image."""

    def reset(self) -> None:
        """Stop publishing map -> odom."""

    def close(self) -> None:
        """Release everything."""


class NoOutput:
    """Mode ``none``: publish nothing."""

    def update(self, map_frame: str, believed: Believed | None, fix: PoseWithCovarianceStamped | None) -> None:
        """Do nothing."""

    def reset(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class TransformOutput:
    """Mode ``tf``: publish map -> odom, repeated between fixes and stamped ahead.

    It stops while no pose is trusted, and also when the images stop for so long that the gate would report LOST.
    """

    def __init__(self, node: Node, config: LocalizerNodeConfig, signals: Signals) -> None:
        self._node, self._signals = node, signals
        self._map_frame, self._odom_frame = "", config.odom_frame
        self._ahead = Duration(nanoseconds=int(config.transform_tolerance * 1e9))
        self._broadcaster = TransformBroadcaster(node)
        self._lock = threading.Lock()  # fixes come from the worker's thread, repeats from the node's timer
        self._believed: Believed | None = None
        self._since_ns = 0  # time of the last fix by the node's clock, so a paused bag pauses this too
        self._timer = node.create_timer(1.0 / config.tf_rate, self._send)

    def update(self, map_frame: str, believed: Believed | None, fix: PoseWithCovarianceStamped | None) -> None:
        """Send at once, then at the timer's rate."""
        with self._lock:
            self._map_frame, self._believed = map_frame, believed
            self._since_ns = self._node.get_clock().now().nanoseconds
        self._send()

    def reset(self) -> None:
        """Stop publishing."""
        with self._lock:
            self._believed = None

    def close(self) -> None:
        """Stop publishing, and release everything."""
        self.reset()
        self._node.destroy_timer(self._timer)
        self._node.destroy_publisher(self._broadcaster.pub_tf)

    def _send(self) -> None:
        with self._lock:
            if self._believed is None:
                return
            now = self._node.get_clock().now()
            if now.nanoseconds == 0:  # simulated time has not started yet
                return
            if (now.nanoseconds - self._since_ns) * 1e-9 > self._believed.for_s:
                why = self._signals.why_silent(self._believed.for_s)
                self._believed = None
                self._node.get_logger().warning(
                    f"{why}: {self._map_frame} -> {self._odom_frame} is no longer published"
                )
                return
            stamp_ns = (now + self._ahead).nanoseconds
            self._signals.sent(stamp_ns)
            self._broadcaster.sendTransform(
                to_transform(self._believed.map_from_odom, self._map_frame, self._odom_frame, stamp_ns)
            )


def make_tf_output(
    node: Node, config: LocalizerNodeConfig, seed: SeedConfig, frames: Frames, signals: Signals
) -> TfOutput:
    """Return the output for ``config.tf_mode``."""
    if config.tf_mode == "tf":
        return TransformOutput(node, config, signals)
    return SeedOutput(node, config, seed, frames) if config.tf_mode == "seed" else NoOutput()
