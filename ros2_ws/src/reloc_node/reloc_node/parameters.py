"""Declare ROS parameters from the core's config dataclasses, check them and read them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.parameter import Parameter as RosParameter

from reloc.config import Parameter, from_mapping, parameters
from reloc.errors import ConfigError

C = TypeVar("C")


def descriptor(parameter: Parameter) -> ParameterDescriptor:
    """Return the descriptor for ``ros2 param describe``. ROS has no open ranges, so a range needs both ends."""
    unit = f"unit {parameter.unit}" if parameter.unit else ""
    notes = (unit, parameter.range_text, "expert" if parameter.expert else "")
    out = ParameterDescriptor(
        name=parameter.name,
        description=parameter.doc,
        additional_constraints="; ".join(note for note in notes if note),
        read_only=parameter.read_only,
    )
    if parameter.ge is not None and parameter.le is not None:
        if parameter.type is int:
            out.integer_range = [IntegerRange(from_value=int(parameter.ge), to_value=int(parameter.le), step=0)]
        elif parameter.type is float:
            out.floating_point_range = [
                FloatingPointRange(from_value=float(parameter.ge), to_value=float(parameter.le), step=0.0)
            ]
    return out


class ParameterSet(Generic[C]):
    """The parameters of one dataclass on one node, as ``prefix.name`` (or ``name``).

    If the dataclass refuses a change, it is rejected with the reason. Other changes appear in :attr:`value` at once.
    """

    def __init__(self, node: Node, cls: type[C], prefix: str = "") -> None:
        """Declare the parameters.

        Raises:
            ConfigError: a value given at start is not allowed.
        """
        self._node = node
        self._cls = cls
        self._prefix = f"{prefix}." if prefix else ""
        self._names = {self._prefix + p.name: p for p in parameters(cls)}
        self._value = from_mapping(cls, {p.name: self._declare(full, p) for full, p in self._names.items()})
        node.add_on_set_parameters_callback(self._check)
        node.add_post_set_parameters_callback(self._take)

    @property
    def value(self) -> C:
        """The current parameters."""
        return self._value

    def _declare(self, name: str, parameter: Parameter) -> Any:
        if self._node.has_parameter(name):
            return parameter.check(self._node.get_parameter(name).value)
        try:
            return self._node.declare_parameter(name, parameter.default, descriptor(parameter)).value
        except ParameterException as error:
            allowed = parameter.range_text or f"a {parameter.type.__name__}"
            raise ConfigError(f"{name}: {error}", f"Allowed: {allowed} (default {parameter.default!r})") from error

    def _with(self, changes: Mapping[str, Any]) -> C:
        values = {p.name: getattr(self._value, p.name) for p in self._names.values()}
        return from_mapping(self._cls, {**values, **changes})

    def _changes(self, changed: list[RosParameter]) -> dict[str, Any]:
        return {self._names[p.name].name: p.value for p in changed if p.name in self._names}

    def _check(self, changed: list[RosParameter]) -> SetParametersResult:
        try:
            self._with(self._changes(changed))
        except ConfigError as error:
            return SetParametersResult(successful=False, reason=str(error))
        return SetParametersResult(successful=True)

    def _take(self, changed: list[RosParameter]) -> None:
        changes = self._changes(changed)
        if changes:
            self._value = self._with(changes)
