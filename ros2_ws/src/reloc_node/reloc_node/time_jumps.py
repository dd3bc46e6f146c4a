"""Detect that simulated time goes backward: a bag started again, or a simulator was reset."""

from __future__ import annotations

from collections.abc import Callable

from rclpy.clock import JumpHandle, JumpThreshold
from rclpy.duration import Duration
from rclpy.node import Node


def watch_time(node: Node, on_jump: Callable[[], None]) -> JumpHandle:
    """Call ``on_jump`` after each backward jump, and when simulated time is turned on or off. Keep the handle."""
    threshold = JumpThreshold(min_forward=None, min_backward=Duration(nanoseconds=-1), on_clock_change=True)
    return node.get_clock().create_jump_callback(threshold, post_callback=lambda _: on_jump())
