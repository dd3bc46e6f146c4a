"""The bond that Nav2's lifecycle manager expects of an activated node: a heartbeat on the topic ``bond``.

It follows the protocol of ROS's package ``bond`` (message ``bond/msg/Status``). Both sides publish the same id, each
with its own instance. A side has ended if it says ``active: false``, or nothing for ``heartbeat_timeout``. Nav2 uses
the node's name as the id. Without the package there is no bond, and the manager needs ``bond_timeout: 0.0``.
"""

from __future__ import annotations

import importlib
import uuid
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from reloc_node.node_log import NodeLog

TOPIC = "bond"
PERIOD_S, TIMEOUT_S = 0.5, 4.0  # period of heartbeats, and Nav2's own limit
_DEPTH = 10
ABSENT = (
    "ROS's package bond is not installed. If Nav2's lifecycle manager starts this node, set its bond_timeout to 0.0, "
    "or install ros-$ROS_DISTRO-bond"
)


def bond_message() -> Any | None:
    """Return the class ``bond.msg.Status``; None if the package is not installed."""
    try:
        return importlib.import_module("bond.msg").Status
    except (ImportError, AttributeError):
        return None


class Bond:
    """The node's side of one bond, from activation to deactivation. It costs nothing while nobody listens."""

    def __init__(self, node: Node, log: NodeLog, message: Any) -> None:
        """Create the bond. ``message`` is the class ``bond.msg.Status``."""
        self._node, self._log, self._message = node, log, message
        self._id, self._instance = node.get_name(), str(uuid.uuid4())
        self._sister = ""  # the instance of the other side
        self._publisher = node.create_publisher(message, TOPIC, _DEPTH)
        self._subscription = node.create_subscription(message, TOPIC, self._on_status, 100)
        self._timer = node.create_timer(PERIOD_S, self._beat, clock=Clock(clock_type=ClockType.STEADY_TIME))

    @property
    def is_formed(self) -> bool:
        """Whether the other side was heard, and did not end the bond."""
        return bool(self._sister)

    def close(self) -> None:
        """Tell the other side that this side ends."""
        self._publish(active=False)
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._subscription)
        self._node.destroy_publisher(self._publisher)

    def _beat(self) -> None:
        if self._publisher.get_subscription_count() > 1:  # one subscription is this node's own
            self._publish(active=True)

    def _on_status(self, status: Any) -> None:
        if status.id != self._id or status.instance_id == self._instance:
            return
        if status.active and status.instance_id != self._sister:
            self._sister = status.instance_id
            self._log.info("A bond with Nav2's lifecycle manager was formed")
            self._publish(active=True)
        elif not status.active and status.instance_id == self._sister:
            self._sister = ""
            self._log.info("The lifecycle manager ended its bond with this node")
            self._publish(active=False)  # confirms that the end was heard
            self._instance = str(uuid.uuid4())  # a new manager gets a new bond

    def _publish(self, active: bool) -> None:
        status = self._message(id=self._id, instance_id=self._instance, active=active)
        status.header.stamp = Clock(clock_type=ClockType.STEADY_TIME).now().to_msg()
        status.heartbeat_timeout, status.heartbeat_period = TIMEOUT_S, PERIOD_S
        self._publisher.publish(status)
