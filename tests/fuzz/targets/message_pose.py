"""``geometry_msgs/PoseWithCovarianceStamped``: AMCL's answer to the pose on ``initialpose``; poses that are watched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from support import folders

from fuzz.targets._messages import MessageTarget, tree_from
from fuzz.targets._no_graph import NoGraph
from reloc.datatypes import Lost, LostReason
from reloc.geometry.transforms import to_quaternion
from reloc.view.ellipsoid import mesh
from reloc_node.config import LocalizerNodeConfig
from reloc_node.conversions.poses import to_pose_with_covariance
from reloc_node.outputs.seed_config import SeedConfig
from reloc_node.outputs.seed_output import SeedOutput
from reloc_node.watched.lines import as_json, as_line
from reloc_node.watched.live import to_live_pose
from reloc_node.watched.seen import LocalizerSeen, seen_pose

COVARIANCE = np.diag([0.01, 0.01, 0.01, 0.001, 0.001, 0.001])


class _NoFrames:
    def lookup(self, *_: object) -> Lost:
        """Nobody says where the robot is."""
        return Lost(LostReason.NO_TF, "no TF")


class MessagePose(MessageTarget):
    """In the map's frame, and in another."""

    name, kind = "message_pose", "geometry_msgs/msg/PoseWithCovarianceStamped"

    def valid(self) -> Sequence[dict[str, Any]]:
        """See :class:`MessageTarget`."""
        poses = [(folders.pose(i), frame) for i, frame in ((0, "map"), (1, "map"), (0, "odom"))]
        return [tree_from(to_pose_with_covariance(pose, COVARIANCE, frame, 10**18)) for pose, frame in poses]

    def take(self, message: Any) -> None:
        """As what AMCL says after a seed, and as what `reloc watch` shows."""
        seed = SeedOutput(NoGraph(), LocalizerNodeConfig(), SeedConfig(), _NoFrames())  # type: ignore[arg-type]
        seed.update("map", None, to_pose_with_covariance(folders.pose(0), COVARIANCE, "map", 10**18))
        seed._on_pose(message)
        seen = LocalizerSeen("/localizer", "TRACKING", "", "", False, 5.0, 0.9, seen_pose(message))
        as_line(seen), as_json(seen)
        shown = to_live_pose(message)
        if shown is not None:
            mesh(shown.covariance), to_quaternion(shown.world_from_base)


TARGET = MessagePose()
