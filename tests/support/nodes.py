"""Start the nodes as a person does: as processes with parameters and remaps."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from support.processes import Process, Processes

_MODULES = {"localizer": "reloc_node.localizer_node", "map_server": "reloc_node.map_server_node"}


def start_node(
    processes: Processes,
    executable: str,
    *,
    parameters: Mapping[str, Any] | None = None,
    remaps: Mapping[str, str] | None = None,
    name: str = "",
    ready: str | None = "Now active",
) -> Process:
    """Start ``localizer`` or ``map_server`` and wait until it prints ``ready``."""
    command = [sys.executable, "-c", f"from {_MODULES[executable]} import main; main()", "--ros-args"]
    for key, value in (parameters or {}).items():
        text = str(value).lower() if isinstance(value, bool) else repr(value) if value == "" else str(value)
        command += ["-p", f"{key}:={text}"]
    for old, new in (remaps or {}).items():
        command += ["-r", f"{old}:={new}"]
    return processes.start(name or executable, command, ready=ready)
