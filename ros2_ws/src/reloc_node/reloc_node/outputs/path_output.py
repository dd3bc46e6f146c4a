"""Publish the path of accepted poses, for displays."""

from __future__ import annotations

import math
from collections import deque

from geometry_msgs.msg import PoseStamped
from nav_msgs.msg import Path
from rclpy.node import Node

_KEPT = 2000  # poses; the oldest are forgotten
_STEP_M = 0.02  # shorter steps add nothing


class PathOutput:
    """The publisher of ``~/path``. It publishes only while somebody subscribes."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._publisher = node.create_publisher(Path, "~/path", 1)
        self._poses: deque[PoseStamped] = deque(maxlen=_KEPT)

    def add(self, pose: PoseStamped) -> None:
        """Take an accepted pose."""
        if self._poses and pose.header.frame_id != self._poses[-1].header.frame_id:
            self._poses.clear()  # of another map
        if self._poses and _apart(pose, self._poses[-1]) < _STEP_M:
            return
        self._poses.append(pose)
        if self._publisher.get_subscription_count() > 0:
            self._publisher.publish(Path(header=pose.header, poses=list(self._poses)))

    def reset(self) -> None:
        """Forget the path."""
        self._poses.clear()

    def close(self) -> None:
        """Destroy the publisher."""
        self._node.destroy_publisher(self._publisher)


def _apart(one: PoseStamped, other: PoseStamped) -> float:
    a, b = one.pose.position, other.pose.position
    return math.dist((a.x, a.y, a.z), (b.x, b.y, b.z))
