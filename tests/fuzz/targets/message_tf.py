"""``tf2_msgs/TFMessage``: into the buffer that the node looks transforms up in, and into the tree of a bag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rclpy.time import Time
from support import folders
from tf2_msgs.msg import TFMessage
from tf2_ros import TransformException
from tf2_ros.buffer_core import BufferCore

from fuzz.targets._messages import MessageTarget, tree_from
from reloc.errors import RelocError
from reloc.maps.bags.tf_tree import TfTree
from reloc_node.conversions.poses import from_transform, to_transform


class MessageTf(MessageTarget):
    """map -> odom -> base_link -> camera."""

    name, kind = "message_tf", "tf2_msgs/msg/TFMessage"

    def valid(self) -> Sequence[dict[str, Any]]:
        """See :class:`MessageTarget`."""
        chain = (("map", "odom"), ("odom", "base_link"), ("base_link", "camera"))
        made = [to_transform(folders.pose(i), parent, child, 10**18) for i, (parent, child) in enumerate(chain)]
        return [tree_from(TFMessage(transforms=made)), tree_from(TFMessage(transforms=made[:1]))]

    def take(self, message: Any) -> None:
        """Moving and static, then looked up."""
        core = BufferCore()
        for transform in message.transforms:
            core.set_transform(transform, "fuzz")
            core.set_transform_static(transform, "fuzz")
        core.all_frames_as_yaml(), core.all_frames_as_string()
        for static in (True, False):
            tree = TfTree()
            try:
                tree.add(message, static=static)
            except RelocError:
                continue
            tree.frames(), tree.connected("map", "camera")
        try:
            from_transform(core.lookup_transform_core("map", "camera", Time()).transform)
        except TransformException:
            return  # nobody says where the camera is


TARGET = MessageTf()
