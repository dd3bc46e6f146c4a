"""Spin until something is so."""

from __future__ import annotations

import time
from collections.abc import Callable

import rclpy
from rclpy.node import Node


def spin_until(node: Node, condition: Callable[[], bool], timeout_s: float = 15.0) -> bool:
    """Handle the node's callbacks until ``condition`` holds; False when the time is over."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        rclpy.spin_once(node, timeout_sec=0.05)
    return True
