"""The settings with which a launch file starts one node."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from reloc_node.launching.arguments import is_true, seconds

Value = str | bool | float


@dataclass(frozen=True, slots=True)
class NodeSetup:
    """All settings that ROS gets for a node."""

    executable: str
    name: str
    namespace: str = ""
    parameter_files: tuple[str, ...] = ()
    parameters: dict[str, Value] = field(default_factory=dict)  # these override the files
    remappings: tuple[tuple[str, str], ...] = ()
    log_level: str = "info"

    def launch_arguments(self, given: Mapping[str, str]) -> dict[str, Any]:
        """Return the settings as arguments of launch_ros's action ``Node``.

        Args:
            given: values of the launch arguments ``respawn`` and ``respawn_delay``.
        """
        return {
            "package": "reloc_node",
            "executable": self.executable,
            "name": self.name,
            "namespace": self.namespace,
            "parameters": [*self.parameter_files, self.parameters],
            "remappings": list(self.remappings),
            "arguments": ["--ros-args", "--log-level", self.log_level],
            "respawn": is_true(given["respawn"]),
            "respawn_delay": seconds(given, "respawn_delay"),
            "output": "screen",
        }

    def ros_arguments(self) -> list[str]:
        """Return the settings as command-line arguments of the executable."""
        words = ["--ros-args", "-r", f"__node:={self.name}"]
        if self.namespace:
            words += ["-r", f"__ns:=/{self.namespace.strip('/')}"]
        for file in self.parameter_files:
            words += ["--params-file", file]
        for name, value in self.parameters.items():
            words += ["-p", f"{name}:={str(value).lower() if isinstance(value, bool) else value}"]
        for old, new in self.remappings:
            words += ["-r", f"{old}:={new}"]
        return [*words, "--log-level", self.log_level]
