"""The parameters of the chosen localizer, as ``<localizer>.<name>``, so that one file holds those of several."""

from __future__ import annotations

from typing import Any

from rclpy.node import Node

from reloc import plugins
from reloc.config import to_mapping
from reloc_node.parameters import ParameterSet

PACKAGE = "reloc.localizers"


class MethodParameters:
    """Declares the parameters of each method that is chosen, once."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._sets: dict[str, ParameterSet[Any]] = {}

    def declare(self, localizer: str) -> None:
        """Find the method's Config and declare it.

        Raises:
            PluginError, DependencyError: there is no such method, or it cannot be imported.
            ConfigError: a value given at start does not fit.
        """
        if localizer not in self._sets:
            config = plugins.load(PACKAGE, localizer).Config
            self._sets[localizer] = ParameterSet(self._node, config, localizer)

    def values(self, localizer: str) -> dict[str, Any]:
        """Names and values for ``open_localizer``."""
        return to_mapping(self._sets[localizer].value)
