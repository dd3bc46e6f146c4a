"""Report the node's health on ``/diagnostics``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builtin_interfaces.msg import Time
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue

from reloc_node.node_log import printable

_LEVELS = {
    "ok": DiagnosticStatus.OK,
    "warn": DiagnosticStatus.WARN,
    "error": DiagnosticStatus.ERROR,
    "stale": DiagnosticStatus.STALE,
}
_LEVEL_OF_STATE = {"TRACKING": "ok", "LOST": "error"}


def level_of_state(state: str) -> str:
    """Return the level for a state of the gate: OK for TRACKING and LOST, a warning for all others."""
    return _LEVEL_OF_STATE.get(state, "warn")


def to_diagnostics(
    name: str, hardware: str, level: str, text: str, values: Mapping[str, Any], now: Time
) -> DiagnosticArray:
    """Return one status with its key values; ``level`` is ok, warn, error or stale."""
    status = DiagnosticStatus(name=name, hardware_id=hardware, level=_LEVELS[level], message=printable(text))
    status.values = [KeyValue(key=key, value=_text(value)) for key, value in values.items()]
    out = DiagnosticArray(status=[status])
    out.header.stamp = now
    return out


def _text(value: Any) -> str:
    return f"{value:.3f}" if isinstance(value, float) else printable(str(value))
