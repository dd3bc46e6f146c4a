"""Detect a second publisher of the odometry frame's parent. Two publishers make TF jump between two poses."""

from __future__ import annotations

import threading
import time
from collections import deque

from geometry_msgs.msg import TransformStamped
from rclpy.node import Node

from reloc_node.conversions.poses import to_nanoseconds
from reloc_node.graph.endpoints import name_of, publishers_of

_SENT = 400  # number of sent stamps that are kept: two seconds at the highest tf_rate
_FRESH_S = 5.0
_LEAST = 3  # fewest foreign transforms; fewer may be the last ones of a replaced localizer
_TF = ("/tf", "/tf_static")


class TfRivals:
    """Compare the received transforms with those that this node sent.

    ROS does not tell who sent a transform. So a transform that this node did not send proves that there is another
    publisher. The graph names the possible nodes. Any thread may call :meth:`sent` and :meth:`heard`.
    """

    def __init__(self, node: Node, odom_frame: str) -> None:
        """Start watching for other publishers of a transform to ``odom_frame``, with any parent frame."""
        self._node, self._odom_frame = node, odom_frame
        self._lock = threading.Lock()
        self._sent: deque[int] = deque(maxlen=_SENT)
        self._parent, self._at = "", 0.0
        self._count = 0

    def sent(self, stamp_ns: int) -> None:
        """Remember a transform before it is sent."""
        with self._lock:
            self._sent.append(stamp_ns)

    def heard(self, transform: TransformStamped) -> None:
        """Check a received transform."""
        if transform.child_frame_id.lstrip("/") != self._odom_frame:
            return
        parent = transform.header.frame_id.lstrip("/")
        with self._lock:
            if to_nanoseconds(transform.header.stamp) in self._sent:
                return
            self._parent, self._at = parent, time.monotonic()
            self._count += 1

    def problem(self) -> str:
        """Return as text who else publishes the transform; empty if nobody did recently."""
        with self._lock:
            if self._count < _LEAST or time.monotonic() - self._at > _FRESH_S:
                return ""
            parent, count = self._parent, self._count
        own = self._node.get_fully_qualified_name()
        found = {name_of(p) for topic in _TF for p in publishers_of(self._node, self._node.resolve_topic_name(topic))}
        others = sorted(found - {own})
        who = f"one of {', '.join(others)}" if len(others) > 1 else "".join(others) or "a node that the graph lacks"
        return (
            f"Another node also publishes {parent} -> {self._odom_frame} ({count} transforms): {who}. Never run two "
            "publishers: stop the other one, or set tf_mode to seed (for AMCL) or none"
        )
