"""What a map server is asked for: pages of its map, and maps by their folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fuzz.targets._messages import MessageTarget
from fuzz.targets.map_folder import make_map
from reloc_msgs.srv import GetReferences
from reloc_node.map_transfer import served_map
from reloc_node.map_transfer.served_map import ServedMap


class MessageGetReferences(MessageTarget):
    """Requests."""

    name, kind = "message_get_references", "reloc_msgs/srv/GetReferences_Request"

    def open(self, folder: Path) -> None:
        """Serve a map."""
        make_map(folder / "map")
        self._served = ServedMap.open(str(folder / "map"), 1 << 16, 0)

    def valid(self) -> Sequence[dict[str, Any]]:
        """See :class:`MessageTarget`."""
        content_hash = self._served.info.content_hash
        return [{"what": what, "content_hash": content_hash, "page": 0} for what in range(3)]

    def take(self, message: Any) -> None:
        """Ask."""
        served_map.answer(self._served, message, GetReferences.Response())
        served_map.answer(None, message, GetReferences.Response())


TARGET = MessageGetReferences()
