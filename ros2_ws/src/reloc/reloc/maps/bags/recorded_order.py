"""Find whether time went backward while a bag was recorded.

Readers return messages sorted by stamp. This hides a clock that was set back and mixes two drives. The order of writing
still shows it.
"""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

from reloc.errors import BagTruncatedError
from reloc.maps.bags.mcap_records import INDEX, MESSAGE, McapRecord, records
from reloc.maps.bags.reader import REINDEX, BagReader
from reloc.maps.left_out import longest_rising
from reloc.parsing.blame import Blame
from reloc.parsing.numbers import as_whole
from reloc.parsing.regular_file import opened

SLACK_NS = 1_000_000_000  # messages of several publishers on one topic may be written out of order by less


@dataclass(frozen=True, slots=True)
class StepBack:
    """The longest backward step in time on one topic."""

    before_ns: int
    after_ns: int
    out_of_order: int = 0  # messages of the topic that do not fit among the others; the least that can be

    @property
    def ns(self) -> int:
        """Size of the step in nanoseconds, positive."""
        return self.before_ns - self.after_ns


def steps_back(bag: BagReader, topics: Collection[str]) -> dict[str, StepBack]:
    """By topic, the longest step back between messages written one after the other; without topics that have none.

    Raises:
        BagTruncatedError: a file cannot be read.
    """
    written: dict[str, list[int]] = {topic: [] for topic in topics}
    for path, names in bag.storage_files:
        stamps = _sqlite_stamps(path) if path.suffix == ".db3" else _mcap_stamps(path)
        for number, stamp in stamps:
            if (topic := names.get(number)) in written:
                written[topic].append(stamp)
    found = {}
    for topic, received in written.items():
        steps = [(before - after, before, after) for before, after in pairwise(received) if after < before]
        if steps:
            _, before, after = max(steps)
            # The same time twice is no step back: each message gets a stamp of its own here.
            rising = longest_rising([stamp * len(received) + i for i, stamp in enumerate(received)])
            found[topic] = StepBack(before, after, len(received) - len(rising))
    return found


def _sqlite_stamps(path: Path) -> Iterator[tuple[int, int]]:
    """Yield (topic number, stamp) in the order of writing."""
    blame = Blame(str(path), BagTruncatedError, REINDEX)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)) as database:
            for topic, stamp in database.execute("SELECT topic_id, timestamp FROM messages ORDER BY id"):
                yield as_whole(topic, blame.at("topic_id")), as_whole(stamp, blame.at("timestamp"))
    except sqlite3.Error as error:
        raise BagTruncatedError(f"{path} cannot be read further: {error}", REINDEX) from error


def _mcap_stamps(path: Path) -> Iterator[tuple[int, int]]:
    """Yield (channel, stamp) in the order of writing within each channel."""
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
    elif record.kind == INDEX:  # follows its chunk, one for each channel: pairs of stamp and position in the chunk
        body = file.read(record.size)
        (channel,) = struct.unpack_from("<H", body)
        entries = struct.iter_unpack("<QQ", body[6:])
        yield from ((channel, stamp) for stamp, _ in sorted(entries, key=lambda e: int(e[1])))
