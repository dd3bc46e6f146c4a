"""Whether time went backwards while a bag was recorded.

Readers hand messages out sorted by stamp, and so hide a clock that was set back: two drives end up
shuffled into one. The order in which messages were written still shows it.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from reloc.errors import BagTruncatedError
from reloc.maps.bags.reader import REINDEX, BagReader

_MAGIC_SIZE = 8
_FOOTER, _MESSAGE, _INDEX, _DATA_END = 0x02, 0x05, 0x07, 0x0F  # MCAP record types


@dataclass(frozen=True, slots=True)
class StepBack:
    """The longest step back in time on one topic."""

    before_ns: int
    after_ns: int

    @property
    def ns(self) -> int:
        """How far, positive."""
        return self.before_ns - self.after_ns


def steps_back(bag: BagReader) -> dict[str, StepBack]:
    """By topic, the longest step back between messages written one after the other; without topics that have none.

    Raises:
        BagTruncatedError: a file cannot be read.
    """
    found: dict[str, StepBack] = {}
    last: dict[str, int] = {}
    for path, topics in bag.storage_files:
        stamps = _sqlite_stamps(path) if path.suffix == ".db3" else _mcap_stamps(path)
        for number, stamp in stamps:
            topic = topics.get(number)
            if topic is None:
                continue
            step = StepBack(last.get(topic, stamp), stamp)
            last[topic] = stamp
            if step.ns > 0 and (topic not in found or step.ns > found[topic].ns):
                found[topic] = step
    return found


def _sqlite_stamps(path: Path) -> Iterator[tuple[int, int]]:
    """(topic's number, stamp) in the order of writing."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)) as database:
            yield from database.execute("SELECT topic_id, timestamp FROM messages ORDER BY id")
    except sqlite3.Error as error:
        raise BagTruncatedError(f"{path} cannot be read on: {error}", REINDEX) from error


def _mcap_stamps(path: Path) -> Iterator[tuple[int, int]]:
    """(channel, stamp): in the order of writing within each channel."""
    with path.open("rb") as file:
        file.seek(_MAGIC_SIZE)
        try:
            while True:
                kind, size = struct.unpack("<BQ", file.read(9))
                if kind in (_FOOTER, _DATA_END):
                    return
                end = file.tell() + size
                yield from _stamps_of(kind, size, file)
                file.seek(end)
        except struct.error as error:
            raise BagTruncatedError(f"{path} ends in the middle of a record", REINDEX) from error


def _stamps_of(kind: int, size: int, file: BinaryIO) -> Iterator[tuple[int, int]]:
    if kind == _MESSAGE:
        channel, _, stamp = struct.unpack("<HIQ", file.read(14))
        yield channel, stamp
    elif kind == _INDEX:  # follows its chunk, one for each channel: pairs of stamp and place in the chunk
        body = file.read(size)
        (channel,) = struct.unpack_from("<H", body)
        entries = struct.iter_unpack("<QQ", body[6:])
        yield from ((channel, stamp) for stamp, _ in sorted(entries, key=lambda e: int(e[1])))
