"""Bags whose metadata, records or tables lie: named errors, soon and in bounded memory."""

from __future__ import annotations

import shutil
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest
from support import bags
from support.bag_drives import STORAGES, drive, frames, tf_drive
from support.hostile import NO_FILE, NO_TEXT

from reloc.errors import BagError, ImageError, RelocError
from reloc.maps.bags.image_message import to_rgb
from reloc.maps.bags.mcap_records import CHUNK


@pytest.fixture(scope="module", params=STORAGES)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param) / "bag"
    return Path(bags.write(folder, drive(bags.mount(), tf_drive()), request.param))


@pytest.fixture
def bag(written: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(written, tmp_path / "bag"))


def storage(bag: Path) -> Path:
    return next(f for f in bag.iterdir() if f.suffix in (".db3", ".mcap"))


def test_a_whole_one(bag: Path) -> None:
    assert len(frames(bag)) == 10
    assert len(frames(storage(bag))) == 10


@pytest.mark.timeout(20)
@pytest.mark.parametrize("how", NO_FILE)
def test_what_stands_in_a_files_place(bag: Path, how: str) -> None:
    file = storage(bag)
    NO_FILE[how](file)
    with pytest.raises(BagError, match=file.name):
        frames(bag)
    with pytest.raises(RelocError):
        frames(file)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("how", [*NO_FILE, *NO_TEXT])
def test_metadata_that_is_none(bag: Path, how: str) -> None:
    {**NO_FILE, **NO_TEXT}[how](bag / "metadata.yaml")
    with pytest.raises(BagError, match=r"metadata\.yaml|mcap|db3"):
        frames(bag)


BOMB = "a: &a [x, x]\n" + "".join(f"{k}: &{k} [*{j}, *{j}]\n" for j, k in zip("abcdefgh", "bcdefghi", strict=True))


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("version: 9", "version: nine", "version='nine'"),
        ("version: 9", "version: [9]", r"version=\[9\]"),
        ("version: 9", "version: 10", "10 not supported"),
        ("version: 9", "version: " + "9" * 5000, r"metadata\.yaml"),
        ("version: 9", "version: .inf", "version=inf"),
        ("nanoseconds:", "seconds:", "nanoseconds"),
        ("message_count: ", "message_count: -", "message_count=-"),
        ("message_count: ", "message_count: 1.5e3 # ", r"message_count="),
        ("message_count: ", "message_count: many # ", "message_count='many'"),
        ("storage_identifier: ", "storage_identifier: 3 # ", "storage_identifier=3"),
        ("storage_identifier: ", "storage_identifier: other # ", "not supported"),
        ("relative_file_paths:", "relative_file_paths: 3\n  other:", "relative_file_paths=3"),
        ("rosbag2_bagfile_information", "something", "rosbag2_bagfile_information"),
        ("rosbag2_bagfile_information:", "rosbag2_bagfile_information: 3\nx:", "rosbag2_bagfile_information=3"),
        ("name: /cam/image_raw", "name: [1]", r"name=\[1\]"),
        ("type: sensor_msgs/msg/Image", "type: 5", "type=5"),
        ("rosbag2_bagfile_information:", BOMB + "rosbag2_bagfile_information:", "alias"),
        ("rosbag2_bagfile_information:", "x: " + "[" * 5000 + "\nrosbag2_bagfile_information:", "nested|damaged"),
        ("rosbag2_bagfile_information:", "!!python/object:os.system x\nrosbag2_bagfile_information:", "damaged"),
        ("rosbag2_bagfile_information:", "\0", "NUL"),
    ],
)
def test_metadata_of_other_types(bag: Path, old: str, new: str, words: str) -> None:
    file = bag / "metadata.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(BagError, match=words) as caught:
        frames(bag)
    assert str(bag) in str(caught.value)


@pytest.mark.timeout(60)
def test_a_storage_file_that_is_cut_off(bag: Path) -> None:
    file = storage(bag)
    whole = file.read_bytes()
    for share in (0.0, 0.001, 0.01, 0.3, 0.7, 0.95, 0.999):
        file.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(BagError):
            frames(bag)


def mcap(bag: Path) -> Path:
    file = storage(bag)
    if file.suffix != ".mcap":
        pytest.skip("another kind of storage")
    return file


@pytest.mark.timeout(20)
@pytest.mark.parametrize("length", [2**63, 2**64 - 1, 2**40, 10**9])
def test_an_mcap_record_that_lies_about_its_length(bag: Path, length: int) -> None:
    file = mcap(bag)
    content = bytearray(file.read_bytes())
    at = 8
    while content[at] not in (0x05, CHUNK):
        at += 9 + struct.unpack_from("<Q", content, at + 1)[0]
    struct.pack_into("<Q", content, at + 1, length)
    file.write_bytes(content)
    with pytest.raises(BagError, match=f"record at byte {at} has {length} bytes"):
        frames(bag)


@pytest.mark.timeout(20)
@pytest.mark.parametrize(("offset", "value"), [(16, 2**62), (16, 2**30 + 1)])
def test_an_mcap_chunk_that_promises_gigabytes(tmp_path: Path, offset: int, value: int) -> None:
    head = bytearray(struct.pack("<QQQII", 0, 1, 100, 0, 4) + b"zstd" + struct.pack("<Q", 8) + bytes(8))
    struct.pack_into("<Q", head, offset, value)
    header = struct.pack("<BQ", 1, 12) + struct.pack("<I", 4) + b"ros2" + struct.pack("<I", 0)
    file = tmp_path / "x.mcap"
    end = struct.pack("<BQ", 2, 20) + bytes(20) + b"\x89MCAP0\r\n"
    file.write_bytes(b"\x89MCAP0\r\n" + header + struct.pack("<BQ", CHUNK, len(head)) + head + end)
    with pytest.raises(BagError, match=f"declares {value} unpacked bytes"):
        frames(file)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("statement", [
    "ALTER TABLE messages RENAME TO old; CREATE VIEW messages AS "
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i FROM n) "
    "SELECT i AS id, 1 AS topic_id, i AS timestamp, x'00' AS data FROM n",
    "DROP TABLE messages",
    "UPDATE messages SET timestamp = 'soon'",
    "UPDATE messages SET data = 5",
    "UPDATE messages SET data = x''",
    "UPDATE topics SET type = 7",
    "UPDATE topics SET name = x'ff'",
    "UPDATE messages SET topic_id = 'x'",
])  # fmt: skip
def test_tables_that_hold_something_else(bag: Path, statement: str) -> None:
    file = storage(bag)
    if file.suffix != ".db3":
        pytest.skip("another kind of storage")
    with closing(sqlite3.connect(file)) as database:
        database.executescript(statement)
        database.commit()
    with pytest.raises(RelocError):
        frames(bag)


def test_an_image_of_one_row_that_promises_gigabytes_of_padding() -> None:
    message = bags.image(0, bags.pixels(1)[:1])
    message.step = 2**32 - 1
    assert to_rgb(message, "It").shape == (1, bags.WIDTH, 3)
    message.height = 2
    with pytest.raises(ImageError, match="cut off: 96 bytes"):
        to_rgb(message, "It")
