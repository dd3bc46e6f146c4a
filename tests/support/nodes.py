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
    cold: bool = False,
) -> Process:
    """Start ``localizer`` or ``map_server`` and wait until it prints ``ready``.

    ``cold``: by an interpreter of its own, as a person does; else by a fork of one that has made the imports.
    """
    module, arguments = _MODULES[executable], ["--ros-args"]
    for key, value in (parameters or {}).items():
        text = str(value).lower() if isinstance(value, bool) else repr(value) if value == "" else str(value)
        arguments += ["-p", f"{key}:={text}"]
    for old, new in (remaps or {}).items():
        arguments += ["-r", f"{old}:={new}"]
    if not cold:
        return processes.start_main(name or executable, module, arguments, ready=ready)
    command = [sys.executable, "-c", f"from {module} import main; main()", *arguments]
    return processes.start(name or executable, command, ready=ready)
