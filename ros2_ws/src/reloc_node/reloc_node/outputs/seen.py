"""A look and its published messages."""

from __future__ import annotations

from dataclasses import dataclass

from geometry_msgs.msg import PoseWithCovarianceStamped

from reloc_msgs.msg import Status
from reloc_node.look import FrameLook


@dataclass(frozen=True, slots=True)
class PublishedLook:
    """The record of a look for other parts of the node."""

    look: FrameLook
    status: Status
    fix: PoseWithCovarianceStamped | None  # the base in the map's frame, if the look was accepted
