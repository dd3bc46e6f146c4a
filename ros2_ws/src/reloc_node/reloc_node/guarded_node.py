"""Wrap the callbacks of every node of reloc, so that an exception does not end the node."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node
from rclpy.service import Service
from rclpy.subscription import Subscription
from rclpy.timer import Timer

from reloc_node.guard import Guard
from reloc_node.node_log import NodeLog


class GuardedNode(Node):
    """A node whose subscriptions, services and timers are guarded, including those that rclpy creates itself."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        self.guard = Guard()  # set before the base class creates services
        super().__init__(name, **kwargs)
        self.log = NodeLog(self.get_logger())
        self.guard.log = self.log

    def create_subscription(self, msg_type: Any, topic: str, callback: Any, *args: Any, **kwargs: Any) -> Subscription:
        """Create a subscription whose callback may raise."""
        guarded = self.guard.callback(f"The callback of {topic}", callback)
        return super().create_subscription(msg_type, topic, guarded, *args, **kwargs)

    def create_service(self, srv_type: Any, srv_name: str, callback: Any, *args: Any, **kwargs: Any) -> Service:
        """Create a service whose callback may raise; its answer then reports failure."""
        guarded = self.guard.service(f"The service {srv_name}", callback)
        return super().create_service(srv_type, srv_name, guarded, *args, **kwargs)

    def create_timer(self, timer_period_sec: float, callback: Any, *args: Any, **kwargs: Any) -> Timer:
        """Create a timer whose callback may raise."""
        what = getattr(callback, "__qualname__", "callback")
        guarded = self.guard.callback(f"The timer {what}", callback)
        return super().create_timer(timer_period_sec, guarded, *args, **kwargs)
