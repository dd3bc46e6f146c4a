"""No attribute of our nodes has the name of one of rclpy's: `self._publishers` was its own list of publishers."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import pytest

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

import rclpy
from rclpy.action import ActionServer
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node

import reloc_demo
import reloc_node

# What a subclass is meant to define again, in our words or in rclpy's.
MEANT = {f"on_{name}" for name in ("configure", "activate", "deactivate", "cleanup", "shutdown", "error")}
MEANT |= {"create_subscription", "create_service", "create_timer", "__init__", "notify_execute", "_make_handler"}


def modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def subclasses() -> dict[type, type]:
    """Our subclasses of rclpy's classes, and the base."""
    found: dict[type, type] = {}
    for module in (*modules(reloc_node), *modules(reloc_demo)):
        for value in vars(module).values():
            if not inspect.isclass(value) or not value.__module__.startswith(("reloc_node", "reloc_demo")):
                continue
            for base in (LifecycleNode, Node, ActionServer, SingleThreadedExecutor):
                if issubclass(value, base):
                    found[value] = base
                    break
    return found


def own_names(cls: type) -> set[str]:
    """What the class's source assigns to self, and what it defines."""
    tree = ast.parse(inspect.cleandoc("\n" + inspect.getsource(cls)))
    assigned = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }
    return assigned | {name for name in vars(cls) if inspect.isroutine(vars(cls)[name]) or name in ("guard", "log")}


@pytest.fixture(scope="module")
def names_of_rclpy() -> Iterator[dict[type, set[str]]]:
    rclpy.init()
    lifecycle, node, executor = LifecycleNode("names"), Node("plain_names"), SingleThreadedExecutor()
    source = ast.parse(inspect.cleandoc("\n" + inspect.getsource(ActionServer)))
    server = {n.attr for n in ast.walk(source) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)}
    yield {
        LifecycleNode: set(vars(lifecycle)) | set(dir(LifecycleNode)),
        Node: set(vars(node)) | set(dir(Node)),
        SingleThreadedExecutor: set(vars(executor)) | set(dir(SingleThreadedExecutor)),
        ActionServer: server | set(dir(ActionServer)),
    }
    executor.shutdown()
    lifecycle.destroy_node()
    node.destroy_node()
    rclpy.try_shutdown()


def test_no_name_of_rclpy_is_used_again(names_of_rclpy: dict[type, set[str]]) -> None:
    assert {"_publishers", "_timers", "_services", "_clients", "_parameters"} <= names_of_rclpy[Node]
    found = subclasses()
    assert {cls.__name__ for cls in found} >= {"ManagedNode", "MapServerNode", "LocalizerNode", "Recorder", "LongGoals"}
    ours = {"MEANT"} | set(dir(object)) | MEANT | {"__module__", "__doc__"}
    clashes = {cls.__name__: own_names(cls) & names_of_rclpy[base] - ours for cls, base in found.items()}
    assert {name: clash for name, clash in clashes.items() if clash} == {}


def test_a_clash_would_be_found(names_of_rclpy: dict[type, set[str]]) -> None:
    class Clashing(LifecycleNode):
        def __init__(self) -> None:
            super().__init__("clashing")
            self._publishers: list = []
            self._fine = 1

    assert own_names(Clashing) & names_of_rclpy[LifecycleNode] - MEANT == {"_publishers"}
