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
from reloc.maps.bags.mcap_records import INDEX, MESSAGE, McapRecord, records
from reloc.maps.bags.reader import REINDEX, BagReader
from reloc.parsing.blame import Blame
from reloc.parsing.numbers import as_whole
from reloc.parsing.regular_file import opened


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
    blame = Blame(str(path), BagTruncatedError, REINDEX)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)) as database:
            for topic, stamp in database.execute("SELECT topic_id, timestamp FROM messages ORDER BY id"):
                yield as_whole(topic, blame.at("topic_id")), as_whole(stamp, blame.at("timestamp"))
    except sqlite3.Error as error:
        raise BagTruncatedError(f"{path} cannot be read on: {error}", REINDEX) from error


def _mcap_stamps(path: Path) -> Iterator[tuple[int, int]]:
    """(channel, stamp): in the order of writing within each channel."""
    blame = Blame(str(path), BagTruncatedError, REINDEX)
    with opened(path, blame) as file:
        for record in records(file, blame):
            try:
                yield from _stamps_of(record, file)
            except struct.error as error:
                raise blame.refuse(f"is damaged: the record at byte {record.start} is too short: {error}") from error


def _stamps_of(record: McapRecord, file: BinaryIO) -> Iterator[tuple[int, int]]:
    file.seek(record.start)
    if record.kind == MESSAGE:
        channel, _, stamp = struct.unpack("<HIQ", file.read(14))
        yield channel, stamp
    elif record.kind == INDEX:  # follows its chunk, one for each channel: pairs of stamp and place in the chunk
        body = file.read(record.size)
        (channel,) = struct.unpack_from("<H", body)
        entries = struct.iter_unpack("<QQ", body[6:])
        yield from ((channel, stamp) for stamp, _ in sorted(entries, key=lambda e: int(e[1])))
