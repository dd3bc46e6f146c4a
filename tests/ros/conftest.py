"""For tests on a ROS graph. The domain is this process's own (see tests/conftest.py): never set one in a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

rclpy = pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")


@pytest.fixture
def ros_node() -> Iterator[rclpy.node.Node]:
    """A node that nobody spins: see support.spin.spin_until."""
    rclpy.init()
    node = rclpy.create_node("test_node")
    yield node
    node.destroy_node()
    rclpy.try_shutdown()
