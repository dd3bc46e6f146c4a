"""Refuse undeclared parameters, so that a misspelled name is not silently ignored."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from rclpy.node import Node

from reloc import plugins
from reloc.errors import ConfigError, DependencyError, PluginError
from reloc.nearest import nearest
from reloc_node.parameter_groups import LOCALIZER, METHODS, NODES, named, own_groups

# rclpy declares these itself, some of them later: simulated time, its services, the quality of service of topics.
_ROS = ("use_sim_time", "start_type_description_service")
_ROS_PREFIXES = ("qos_overrides.",)


def refuse_unknown(node: Node, kind: str) -> None:
    """Check the names of all parameters given to a node at start, by command line, file or launch.

    Only parameters that ROS assigns to this node are checked, because a file may contain parameters of other nodes
    under their names. Under ``/**`` it may contain parameters of the localizer and of the map server. Parameters of
    methods that are not chosen are known, so that one file serves several methods.

    Args:
        node: the node, after it declared its own parameters.
        kind: name of the node's kind, ``localizer`` or ``reloc_map_server``.

    Raises:
        ConfigError: neither reloc nor ROS knows a parameter. The message offers the nearest name.
    """
    own = {name for each in NODES for group in own_groups(each) for name, _ in named(group)}
    unknown = [
        name
        for name in given_at_start(node)
        if not (node.has_parameter(name) or name in own or _is_of_ros(name) or _is_of_a_method(name))
    ]
    if unknown:
        raise ConfigError(", and ".join(_problem(name, kind) for name in unknown))


def given_at_start(node: Node) -> list[str]:
    """Return the names of the parameters that command line, files and launch gave to this node, sorted.

    rclpy keeps them until they are declared and has no public list of them.
    """
    return sorted(node._parameter_overrides)


def _is_of_ros(name: str) -> bool:
    return name in _ROS or name.startswith(_ROS_PREFIXES)


def _is_of_a_method(name: str) -> bool:
    """Return whether a name is a parameter of one of reloc's methods, or of another one
    (``my_package.my_method.name``).
    """
    prefix, _, last = name.rpartition(".")
    if not prefix or prefix != plugins.file_name(prefix):
        return False
    names = _names_of(prefix)
    return names is None or last in names


@cache
def _names_of(method: str) -> frozenset[str] | None:
    """Return the names that a method declares; None if the method cannot be imported."""
    try:
        config = plugins.load(METHODS, method).Config
    except DependencyError:
        return None
    except (PluginError, AttributeError):
        return frozenset()
    return frozenset(name for name, _ in named(("", config)))


def _problem(name: str, kind: str) -> str:
    near = nearest(name, _all_names(kind))
    if near:
        return f"unknown parameter {name!r}; did you mean {near!r}?"
    where = "put another node's parameters under that node's name"
    return f"unknown parameter {name!r}; {kind} has none like it (docs/parameters.md lists them); {where}"


def _all_names(kind: str) -> Iterable[str]:
    yield from (name for group in own_groups(kind) for name, _ in named(group))
    if kind == LOCALIZER:
        for method in plugins.names(METHODS):
            yield from (f"{method}.{name}" for name in _names_of(method) or ())
