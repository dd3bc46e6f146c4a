"""Bags out: own types, quality of service, and no half a bag that looks whole."""

from __future__ import annotations

import pytest
from rosbags.interfaces import QosDurability, QosReliability
from support import bags
from support.bags import at

from reloc.errors import BagError, BagTruncatedError
from reloc.maps.bags.reader import BagReader
from reloc.maps.bags.writer import BagWriter, qos

NUMBER = b"\0\1\0\0\7\0\0\0"  # int32 7, little endian


@pytest.mark.parametrize("storage", ["sqlite3", "mcap"])
def test_what_was_written_is_read(tmp_path, storage):
    with BagWriter(tmp_path / "bag", storage, {"foo_msgs/msg/Bar": "int32 a\n"}) as writer:
        writer.add_topic("/bar", "foo_msgs/msg/Bar", [qos(reliable=False, depth=3)])
        writer.add_topic("/latched", "foo_msgs/msg/Bar", [qos(latched=True)])
        for i in range(3):
            writer.write("/bar", at(i), NUMBER)
    with BagReader(tmp_path / "bag") as bag:
        topic = bag.topics["/bar"]
        assert (topic.type, topic.count) == ("foo_msgs/msg/Bar", 3)
        assert (topic.qos[0].reliability, topic.qos[0].depth) == (QosReliability.BEST_EFFORT, 3)
        assert bag.topics["/latched"].qos[0].durability == QosDurability.TRANSIENT_LOCAL
        assert (bag.start_ns, bag.end_ns) == (at(0), at(2) + 1)
        messages = list(bag.messages(["/bar"], at(1)))
        assert [(m.received_ns, m.data) for m in messages] == [(at(1), NUMBER), (at(2), NUMBER)]
        assert bag.decode(messages[0]).a == 7


def test_an_unfinished_bag_is_not_taken_for_a_whole_one(tmp_path):
    def record_until_killed():
        with BagWriter(tmp_path / "bag") as writer:
            writer.add_topic("/tf", bags.TF)
            raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        record_until_killed()
    with pytest.raises(BagTruncatedError):
        BagReader(tmp_path / "bag")


def test_what_cannot_be_written(tmp_path):
    with BagWriter(tmp_path / "bag") as writer:
        with pytest.raises(BagError, match="foo_msgs/msg/Bar"):
            writer.add_topic("/bar", "foo_msgs/msg/Bar")
        with pytest.raises(BagError, match="not declared"):
            writer.write("/odom", at(0), b"")
        writer.add_topic("/odom", bags.ODOMETRY)
        with pytest.raises(BagError, match="once"):
            writer.add_topic("/odom", bags.ODOMETRY)
    with pytest.raises(BagError, match="folder that does not exist"):
        BagWriter(tmp_path / "bag")


def test_message_with_other_bytes_than_its_type(tmp_path):
    with BagWriter(tmp_path / "bag") as writer:
        writer.add_topic("/odom", bags.ODOMETRY)
        writer.write("/odom", at(0), NUMBER)
    with BagReader(tmp_path / "bag") as bag, pytest.raises(BagError, match="cannot be decoded"):
        bag.decode(next(bag.messages()))
