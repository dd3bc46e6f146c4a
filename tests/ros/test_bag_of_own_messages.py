"""Our own messages in a bag: written as rclpy serializes them, under the type hash that ROS knows them by."""

from __future__ import annotations

import pytest
from rclpy.serialization import serialize_message
from support.bags import at
from support.spin import spin_until

from reloc.maps.bags.reader import BagReader
from reloc.maps.bags.writer import BagWriter, read_definitions
from reloc_msgs import msg


@pytest.mark.parametrize("name", ["Status", "MapInfo", "MapFile", "Reference"])
def test_type_hash_is_that_of_ros(ros_node, tmp_path, root, name):
    kind = f"reloc_msgs/msg/{name}"
    with BagWriter(tmp_path / "bag", definitions=read_definitions(root / "ros2_ws/src/reloc_msgs")) as bag:
        bag.add_topic("/it", kind)
    ros_node.create_publisher(getattr(msg, name), "/it", 1)
    assert spin_until(ros_node, lambda: bool(ros_node.get_publishers_info_by_topic("/it")))
    of_ros = str(ros_node.get_publishers_info_by_topic("/it")[0].topic_type_hash)
    assert of_ros in (tmp_path / "bag" / "metadata.yaml").read_text()


def test_a_status_is_read_back(tmp_path, root):
    status = msg.Status(reason="too_few_matches", detail="7 of 90")
    status.header.frame_id = "map"
    with BagWriter(tmp_path / "bag", "mcap", read_definitions(root / "ros2_ws/src/reloc_msgs")) as bag:
        bag.add_topic("/status", "reloc_msgs/msg/Status")
        bag.write("/status", at(0), serialize_message(status))
    with BagReader(tmp_path / "bag") as bag:
        found = bag.decode(next(bag.messages()))
    assert (found.header.frame_id, found.reason, found.detail) == ("map", "too_few_matches", "7 of 90")
