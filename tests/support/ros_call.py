"""Call a service from a test's robot."""

from __future__ import annotations

from typing import Any

from support.robot import Robot


def call(robot: Robot, kind: type, name: str, request: Any) -> Any:
    """The service's response."""
    client = robot.node.create_client(kind, name)
    assert robot.spin_until(client.service_is_ready)
    future = client.call_async(request)
    assert robot.spin_until(future.done)
    robot.node.destroy_client(client)
    return future.result()
