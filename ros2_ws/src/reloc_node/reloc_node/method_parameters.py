"""Declare the parameters of the chosen localizer as ``<localizer>.<name>``, so one file can hold those of several."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node

from reloc import plugins
from reloc.config import shared_configs, to_mapping
from reloc_node.parameter_groups import METHODS
from reloc_node.parameters import ParameterSet


class MethodParameters:
    """Declare the parameters of each chosen method once."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._sets: dict[str, ParameterSet[Any]] = {}

    def declare(self, localizer: str) -> None:
        """Find the method's Config and declare its parameters. Parameters shared with another method have that method's
        prefix.

        Raises:
            PluginError, DependencyError: there is no such method, or it cannot be imported.
            ConfigError: a value given at start is not allowed.
        """
        self._declare(plugins.file_name(localizer), plugins.load(METHODS, localizer).Config)

    def values(self, localizer: str) -> dict[str, Any]:
        """Return names and values for ``open_localizer``."""
        own = self._sets[plugins.file_name(localizer)].value
        inner = (self._sets[one.prefix].value for one in shared_configs(own))
        return {name: value for part in (own, *inner) for name, value in to_mapping(part).items()}

    def _declare(self, prefix: str, config: type) -> None:
        if prefix not in self._sets:
            self._sets[prefix] = ParameterSet(self._node, config, prefix)
        for one in shared_configs(config):
            self._declare(one.prefix, one.config)
