"""What metadata.yaml, an index or a header says, against what the files hold: nothing is dropped without a word."""

from __future__ import annotations

import struct

import pytest
from ruamel.yaml import YAML
from support import bags
from support.bag_drives import STORAGES, assert_on_circle, drive, frames, tf_drive

from reloc.errors import BagError, BagTruncatedError
from reloc.maps.bags.mcap_records import MAGIC
from reloc.maps.bags.reader import BagReader


@pytest.fixture(params=STORAGES)
def bag(request, tmp_path):
    return bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive()), request.param)


def edit(bag, old, new, count=-1):
    file = bag / "metadata.yaml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, count))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("reliability: reliable", "reliability: best_effort"),
        ("durability: volatile", "durability: transient_local"),
        ("history: keep_last", "history: keep_all"),
        ("depth: 10", "depth: 1"),
        ("RIHS01_", "RIHS01_0"),
    ],
)
def test_metadata_of_another_quality_of_service_or_hash(bag, old, new):
    edit(bag, old, new)
    assert_on_circle(frames(bag))
    with BagReader(bag) as reader:
        assert {t.name: t.count for t in reader.topics.values()} == {
            "/cam/image_raw": 10, "/cam/camera_info": 10, "/tf": 25, "/tf_static": 1,
        }  # fmt: skip
        assert len(list(reader.messages())) == 46


def test_metadata_that_leaves_a_topic_out(bag):
    yaml = YAML(typ="safe", pure=True)
    values = yaml.load((bag / "metadata.yaml").read_text())
    topics = values["rosbag2_bagfile_information"]["topics_with_message_count"]
    topics[:] = [t for t in topics if t["topic_metadata"]["name"] != "/tf"]
    with (bag / "metadata.yaml").open("w") as file:
        yaml.dump(values, file)
    assert_on_circle(frames(bag))


def test_metadata_of_another_name(bag):
    edit(bag, "name: /cam/image_raw", "name: /front/image_raw")
    with pytest.raises(BagTruncatedError, match=r"holds 0 messages on /front/image_raw, its metadata.yaml promises 10"):
        frames(bag)


def test_metadata_of_another_type(bag):
    edit(bag, "type: sensor_msgs/msg/Image", "type: sensor_msgs/msg/CompressedImage")
    with pytest.raises(BagError, match=r"/cam/image_raw is of sensor_msgs/msg/CompressedImage, its files hold"):
        frames(bag)


def test_messages_that_are_promised_and_not_there(bag):
    edit(bag, "message_count: 25", "message_count: 26")
    with pytest.raises(BagTruncatedError, match=r"25 messages on /tf, its metadata.yaml promises 26"):
        frames(bag)


def records_of(data):
    at = len(MAGIC)
    while at + 9 <= len(data) - len(MAGIC):
        kind, length = struct.unpack_from("<BQ", data, at)
        yield kind, at, length
        at += 9 + length


@pytest.fixture
def mcap(tmp_path):
    return bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive()), "mcap") / "bag.mcap"


@pytest.mark.parametrize("profile", ["", "ros2"])
def test_an_mcap_without_a_profile(mcap, profile):
    data = mcap.read_bytes()
    (length,) = struct.unpack_from("<Q", data, 9)
    name = profile.encode()
    library = b"x" * (length - 8 - len(name))
    header = struct.pack("<I", len(name)) + name + struct.pack("<I", len(library)) + library
    mcap.write_bytes(data[:17] + header + data[17 + length :])
    assert_on_circle(frames(mcap))
    assert_on_circle(frames(mcap.parent))


def test_an_mcap_of_ros_1_is_named(mcap):
    data = mcap.read_bytes()
    mcap.write_bytes(data.replace(b"\x04\0\0\0ros2", b"\x04\0\0\0ros1", 1))
    with pytest.raises(BagError, match=r"profile 'ros1'.*rosbags-convert"):
        frames(mcap)


def test_an_mcap_whose_statistics_count_no_channel(mcap):
    """The counts of the channels may be left out; so may the index of a chunk's messages."""
    data = bytearray(mcap.read_bytes())
    kinds = {kind: (at, length) for kind, at, length in records_of(data)}
    at, _ = kinds[0x0B]
    (size,) = struct.unpack_from("<I", data, at + 9 + 42)
    for i in range(size // 10):
        struct.pack_into("<Q", data, at + 9 + 46 + 10 * i + 2, 0)
    mcap.write_bytes(data)
    with BagReader(mcap) as reader:
        assert reader.topics["/cam/image_raw"].count == 10
    assert_on_circle(frames(mcap))
