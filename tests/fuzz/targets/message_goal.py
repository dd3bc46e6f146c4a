"""Goals of the action ``relocalize``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from support import folders

from fuzz.targets._messages import MessageTarget
from reloc.datatypes import Lost, LostReason
from reloc.trust.gate_config import GateConfig
from reloc_node.relocalize.config import RelocalizeConfig
from reloc_node.relocalize.wanted import read_goal


class MessageGoal(MessageTarget):
    """With and without a region."""

    name, kind = "message_goal", "reloc_msgs/action/Relocalize.Goal"

    def valid(self) -> Sequence[dict[str, Any]]:
        """See :class:`MessageTarget`."""
        region = {"points": [{"x": x, "y": y, "z": 0.0} for x, y in ((0.0, 0.0), (4.0, 0.0), (4.0, 3.0))]}
        whole = {
            "timeout": {"sec": 5, "nanosec": 0},
            "region": region,
            "region_frame_id": "room",
            "required_certainty": 0.9,
        }
        return [whole, {**whole, "region": {"points": []}}, {"required_certainty": 0.0}]

    def take(self, message: Any) -> None:
        """Read it, ask what it asks for."""

        def lookup(frame: str) -> Any:
            return folders.pose(1) if frame == "room" else Lost(LostReason.NO_MAP, f"nobody knows {frame}")

        wanted = read_goal(message, RelocalizeConfig(), "map", lookup)
        if not isinstance(wanted, str):
            wanted.gate_config(GateConfig())
            if wanted.region is not None:
                wanted.region.holds(folders.pose(0))


TARGET = MessageGoal()
