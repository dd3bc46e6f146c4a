"""Folders that a map server is told to load."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fuzz.targets._messages import MessageTarget
from fuzz.targets.map_folder import make_map
from reloc_node.map_transfer.served_map import ServedMap


class MessageLoadMap(MessageTarget):
    """``path`` may be anything."""

    name, kind = "message_load_map", "reloc_msgs/srv/LoadMap_Request"

    def open(self, folder: Path) -> None:
        """Make a map."""
        self._map = folder / "map"
        make_map(self._map)

    def valid(self) -> Sequence[dict[str, Any]]:
        """See :class:`MessageTarget`."""
        return [{"path": str(self._map)}]

    def take(self, message: Any) -> None:
        """As the service's callback does."""
        ServedMap.open(message.path, 1 << 16, 0)


TARGET = MessageLoadMap()
