"""The records of an MCAP file, each inside the file, and chunks that unpack to what they say."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BufferedReader
from typing import NamedTuple

import lz4.frame
from rosbags.rosbag2 import reader

from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import size_of

MAGIC = b"\x89MCAP0\r\n"
FOOTER, MESSAGE, CHUNK, INDEX, DATA_END = 0x02, 0x05, 0x06, 0x07, 0x0F
MOST_CHUNK = 2**30  # bytes, unpacked: recorders write a megabyte, or one message
_HEAD, _CHUNK_HEAD = struct.Struct("<BQ"), struct.Struct("<QQQII")  # start, end, size, checksum, length of a name
_ZSTD = vars(reader)["zstd"]  # a backport's or Python's own, as rosbags found it
_PEEK = 64  # bytes of packed data that hold a frame's header


class McapRecord(NamedTuple):
    """One record: its kind, and where its content lies in the file."""

    kind: int
    start: int
    size: int


def records(stream: BufferedReader, blame: Blame) -> Iterator[McapRecord]:
    """The records up to the end of the data; the file may be moved about between two of them.

    Raises:
        RelocError: the blame's; a record reaches beyond the file's end.
    """
    size, at = size_of(stream), len(MAGIC)
    while True:
        stream.seek(at)
        head = stream.read(_HEAD.size)
        if len(head) < _HEAD.size:
            raise blame.refuse("ends in the middle of a record")
        kind, length = _HEAD.unpack(head)
        start = at + _HEAD.size
        if start + length > size:
            raise blame.refuse(f"is cut off or damaged: the record at byte {at} has {length} bytes, the file {size}")
        yield McapRecord(kind, start, length)
        if kind in (FOOTER, DATA_END):
            return
        at = start + length


def check_records(stream: BufferedReader, blame: Blame) -> None:
    """Follow the records, and look at each chunk's sizes.

    Raises:
        RelocError: the blame's; a record reaches beyond the file's end, or a chunk would unpack to more than it says.
    """
    for record in records(stream, blame):
        if record.kind == CHUNK:
            _check_chunk(stream, record, blame.at(f"the chunk at byte {record.start}"))


def _check_chunk(stream: BufferedReader, record: McapRecord, blame: Blame) -> None:
    stream.seek(record.start)
    head = stream.read(min(record.size, _CHUNK_HEAD.size))
    if len(head) < _CHUNK_HEAD.size:
        raise blame.refuse(f"is damaged: it has {record.size} bytes")
    _, _, unpacked, _, length = _CHUNK_HEAD.unpack(head)
    if unpacked > MOST_CHUNK:
        raise blame.refuse(f"says that it unpacks to {unpacked} bytes; at most {MOST_CHUNK} are taken")
    if _CHUNK_HEAD.size + length + 8 > record.size:
        raise blame.refuse(f"is damaged: the name of its compression has {length} bytes")
    name, (packed,) = stream.read(length), struct.unpack("<Q", stream.read(8))
    if _CHUNK_HEAD.size + length + 8 + packed > record.size:
        raise blame.refuse(f"is damaged: {packed} bytes in a record of {record.size}")
    told = _told_size(name, stream.read(min(packed, _PEEK)))
    if told is not None and told != unpacked:
        raise blame.refuse(f"would unpack to {told} bytes; it says {unpacked}")


def _told_size(compression: bytes, start: bytes) -> int | None:
    """What the packed data say that they unpack to; None where they do not."""
    try:
        if compression == b"zstd":
            size = _ZSTD.get_frame_info(start).decompressed_size
            return None if size is None else int(size)
        if compression == b"lz4":
            return int(lz4.frame.get_frame_info(start)["content_size"]) or None
    except (_ZSTD.ZstdError, RuntimeError, ValueError):
        return None  # damaged, as unpacking will say
    return None
