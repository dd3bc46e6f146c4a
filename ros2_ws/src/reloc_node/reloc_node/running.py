"""Run a node as a process."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

import rclpy
from rclpy.executors import Executor, ExternalShutdownException

from reloc.errors import RelocError
from reloc_node import dds
from reloc_node.guard import GuardedExecutor, spin
from reloc_node.managed_node import ManagedNode
from reloc_node.node_log import printable


def run(make_node: Callable[[], ManagedNode], arguments: Sequence[str] | None = None) -> int:
    """Spin a node until it is interrupted. Return exit status 0, or 1 if a parameter prevents the start."""
    dds.use_profile()
    try:
        rclpy.init(args=arguments)
    except Exception as error:  # rclpy's exceptions for invalid arguments differ between versions
        print(f"ROS cannot start: {printable(str(error), 1000)}", file=sys.stderr)
        return 1
    try:
        node = make_node()
    except RelocError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        rclpy.try_shutdown()
        return 1
    executor = make_executor()
    executor.add_node(node)
    try:
        if node.get_parameter("autostart").value:
            node.guard.callback("Starting", node.start)()
        spin(executor, node.guard)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.guard.callback("Closing", node.close)()
        executor.shutdown()
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


def make_executor() -> Executor:
    """Return an executor with one thread, which suffices because callbacks only pass data on."""
    return GuardedExecutor()
