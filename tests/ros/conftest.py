"""For tests on a ROS graph. The domain is this process's own (see tests/conftest.py): never set one in a test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from support.robot import Robot

rclpy = pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")


@pytest.fixture
def ros_node() -> Iterator[rclpy.node.Node]:
    """A node that nobody spins: see support.spin.spin_until."""
    rclpy.init()
    node = rclpy.create_node("test_node")
    yield node
    node.destroy_node()
    rclpy.try_shutdown()


@pytest.fixture(scope="session")
def tiny_map() -> Path:
    """A map of the tiny world; nobody changes it. With a few hundred key points an image a look costs half as much."""
    from support.tiny_world import small_map

    return small_map()


@pytest.fixture
def make_robot() -> Iterator[Callable[..., Robot]]:
    """Makes robots (see support.robot) and ends them."""
    from support.robot import Robot

    rclpy.init()
    made: list[Robot] = []

    def make(*args: object, **kwargs: object) -> Robot:
        made.append(Robot(*args, **kwargs))
        return made[-1]

    yield make
    for robot in made:
        robot.close()
    rclpy.try_shutdown()


@pytest.fixture
def robot(make_robot: Callable[..., Robot]) -> Robot:
    """One robot with the default names."""
    return make_robot()
