"""Parameter files of the nodes: ROS's own parser, then the names and values that it gives the node."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import rclpy
from rclpy.context import Context
from rclpy.exceptions import InvalidParameterTypeException, InvalidParameterValueException
from rclpy.parameter import Parameter, parameter_dict_from_yaml_file

from fuzz.target import Target
from reloc.errors import ConfigError
from reloc_node.parameter_groups import NODES, own_groups
from reloc_node.parameters import ParameterSet
from reloc_node.unknown_parameters import refuse_unknown

# Files as users write them; the shipped ones hold every default.
SEEDS = (
    b"localizer:\n  ros__parameters:\n    map: /maps/office\n    gate:\n      looks: 3\n    features.top_k: 5\n",
    b"/**:\n  ros__parameters:\n    tf_mode: seed\n    seed.near_m: 0.5\n    max_map_bytes: 1000000\n",
    b"/robot1/reloc_map_server:\n  ros__parameters: {map: room.map, page_bytes: 65536, autostart: true}\n",
)
SHIPPED = Path(__file__).resolve().parents[3] / "launch" / "params"


class _Given:
    """A node as far as parameters go: the file's values, with rclpy's check of their types."""

    def __init__(self, values: Mapping[str, Parameter]) -> None:
        self._parameter_overrides = dict(values)
        self._declared: dict[str, Any] = {}

    def has_parameter(self, name: str) -> bool:
        return name in self._declared

    def get_parameter(self, name: str) -> Any:
        return self._declared[name]

    def declare_parameter(self, name: str, default: Any, descriptor: Any) -> Any:
        """As rclpy: of the default's type, in the descriptor's range."""
        found, wanted = self._parameter_overrides.get(name), Parameter(name, value=default)
        if found is not None and found.type_ != wanted.type_:
            raise InvalidParameterTypeException(wanted, found.type_.name)
        value = wanted if found is None else found
        ranges = (*descriptor.integer_range, *descriptor.floating_point_range)
        if any(not r.from_value <= value.value <= r.to_value for r in ranges):
            raise InvalidParameterValueException(name, value.value, "out of range")
        self._declared[name] = value
        return value

    def add_on_set_parameters_callback(self, _: Any) -> None:
        """Nobody sets one."""

    add_post_set_parameters_callback = add_on_set_parameters_callback


class ParameterFile(Target):
    """YAML."""

    name, needs, cost = "parameter_file", "rclpy", 4

    def open(self, folder: Path) -> None:
        """Where it stands, and where rclpy may write its log."""
        self._file = folder / "params.yaml"
        os.environ["ROS_LOG_DIR"] = str(folder / "log")

    def seeds(self) -> Sequence[bytes]:
        """Short ones, and those that are shipped."""
        return [*SEEDS, *(file.read_bytes() for file in sorted(SHIPPED.glob("*.yaml")))]

    def run(self, data: bytes) -> None:
        """What a node does at start, for both nodes."""
        self._file.write_bytes(data)
        context = Context()
        try:
            rclpy.init(args=["node", "--ros-args", "--params-file", str(self._file)], context=context)
        except Exception as error:  # the node says so and ends: see reloc_node.running
            raise ConfigError("ROS cannot start", "Mend the file") from error
        rclpy.shutdown(context=context)
        for node in NODES:
            try:
                messages = parameter_dict_from_yaml_file(str(self._file), use_wildcard=True, target_nodes=[f"/{node}"])
                values = {name: Parameter.from_parameter_msg(message) for name, message in messages.items()}
            except Exception:  # this reader of rclpy's differs from the parser above, and no node uses it
                continue
            given: Any = _Given(values)
            for prefix, cls in own_groups(node):
                ParameterSet(given, cls, prefix)
            refuse_unknown(given, node)


TARGET = ParameterFile()
