"""Read the records of an MCAP file; check that each lies inside it and that chunks unpack to their declared size."""

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
MOST_CHUNK = 2**30  # bytes after unpacking; recorders write about one megabyte, or one message
_HEAD, _CHUNK_HEAD = struct.Struct("<BQ"), struct.Struct("<QQQII")  # start, end, size, checksum, length of the name
_ZSTD = vars(reader)["zstd"]  # a backport or Python's own, whichever rosbags uses
_PEEK = 64  # bytes of packed data that contain a frame's header


class McapRecord(NamedTuple):
    """One record: its kind and the position of its content in the file."""

    kind: int
    start: int
    size: int


def records(stream: BufferedReader, blame: Blame) -> Iterator[McapRecord]:
    """Yield the records up to the end of the data. The caller may move the file position between two records.

    Raises:
        RelocError: the error class of ``blame``; a record reaches beyond the file's end.
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
            raise blame.refuse(
                f"is cut off or damaged: the record at byte {at} has {length} bytes, but the file has {size}"
            )
        yield McapRecord(kind, start, length)
        if kind in (FOOTER, DATA_END):
            return
        at = start + length


def check_records(stream: BufferedReader, blame: Blame) -> None:
    """Follow the records and check the sizes of each chunk.

    Raises:
        RelocError: the error class of ``blame``; a record reaches beyond the file's end, or a chunk would unpack to
            more than it declares.
    """
    for record in records(stream, blame):
        if record.kind == CHUNK:
            _check_chunk(stream, record, blame.at(f"the chunk at byte {record.start}"))


def _check_chunk(stream: BufferedReader, record: McapRecord, blame: Blame) -> None:
    stream.seek(record.start)
    head = stream.read(min(record.size, _CHUNK_HEAD.size))
    if len(head) < _CHUNK_HEAD.size:
        raise blame.refuse(f"is damaged: its record has only {record.size} bytes")
    _, _, unpacked, _, length = _CHUNK_HEAD.unpack(head)
    if unpacked > MOST_CHUNK:
        raise blame.refuse(f"declares {unpacked} unpacked bytes; at most {MOST_CHUNK} are allowed")
    if _CHUNK_HEAD.size + length + 8 > record.size:
        raise blame.refuse(f"is damaged: the name of its compression has {length} bytes")
    name, (packed,) = stream.read(length), struct.unpack("<Q", stream.read(8))
    if _CHUNK_HEAD.size + length + 8 + packed > record.size:
        raise blame.refuse(f"is damaged: it declares {packed} packed bytes in a record of {record.size}")
    told = _told_size(name, stream.read(min(packed, _PEEK)))
    if told is not None and told != unpacked:
        raise blame.refuse(f"would unpack to {told} bytes, but declares {unpacked}")


def _told_size(compression: bytes, start: bytes) -> int | None:
    """Return the unpacked size that the packed data declare; None if they declare none."""
    try:
        if compression == b"zstd":
            size = _ZSTD.get_frame_info(start).decompressed_size
            return None if size is None else int(size)
        if compression == b"lz4":
            return int(lz4.frame.get_frame_info(start)["content_size"]) or None
    except (_ZSTD.ZstdError, RuntimeError, ValueError):
        return None  # damaged; unpacking will report it
    return None
