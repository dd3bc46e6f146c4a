"""The files of a bag by rosbags, with what a bag says of its files compared with what they hold.

A bag's ``metadata.yaml`` repeats what its files say of each topic. rosbags reads only connections that are the same
in both, to the last policy of their quality of service, and says nothing of the others. Here topic and type alone
decide, as for ``ros2 bag play``; what only one side has is named or read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rosbags.interfaces import Connection
from rosbags.rosbag2 import Reader
from rosbags.rosbag2.reader import DirectoryReader
from rosbags.rosbag2.storage_sqlite3 import Sqlite3Reader

from reloc.errors import BagError, BagTruncatedError
from reloc.maps.bags.mcap_profile import AnyProfileReader
from reloc.maps.bags.metadata_file import METADATA

FIX = "Close the recording properly, or try 'ros2 bag reindex'"
_Key = tuple[str, str]  # topic and type


class _Folder(DirectoryReader):
    STORAGE_PLUGINS: Mapping[str, Any] = {"mcap": AnyProfileReader, "sqlite3": Sqlite3Reader}


class _AnyReader(Reader):
    STORAGE_PLUGINS: Mapping[str, Any] = {"dir": _Folder, ".mcap": AnyProfileReader, ".db3": Sqlite3Reader}


class Storage:
    """An open bag.

    Raises:
        BagTruncatedError: the metadata promises messages that the files do not have.
    """

    def __init__(self, path: Path) -> None:
        self._reader = _AnyReader(path)
        try:
            self._reader.open()
            folder = self._reader.storage if isinstance(self._reader.storage, DirectoryReader) else None
            self._storages: list[Any] = folder.storages if folder else [self._reader.storage]
            self.connections = _joined(self._storages, folder.connections if folder else [], path)
            if folder:
                folder.connections = self.connections
        except BaseException:
            self.close()
            raise

    @property
    def start_ns(self) -> int:
        """When the first message was received."""
        return min((s.metadata.start_time for s in self._storages), default=2**63 - 1)

    @property
    def end_ns(self) -> int:
        """Just after the last message was received."""
        return max((s.metadata.end_time for s in self._storages), default=0)

    @property
    def files(self) -> list[tuple[Path, dict[int, str]]]:
        """The files the messages lie in, each with its topics by their number in it."""
        return [(Path(s.path), {c.id: c.topic for c in s.connections}) for s in self._storages]

    def messages(
        self, chosen: Sequence[Connection], start_ns: int | None, stop_ns: int | None
    ) -> Iterator[tuple[Connection, int, bytes]]:
        """Messages of some of :attr:`connections`, with the time at which they were received."""
        yield from self._reader.messages(chosen, start_ns, stop_ns)

    def close(self) -> None:
        """Close the files."""
        if self._reader.is_open:
            self._reader.close()


def open_storage(path: Path) -> Storage:
    """The bag at ``path``, open.

    Raises:
        BagError: its messages are of a kind that cannot be read.
        BagTruncatedError: messages that it promises are not there.
        Exception: whatever rosbags and the libraries below it raise.
    """
    return Storage(path)


def _joined(storages: Sequence[Any], promised: Sequence[Connection], path: Path) -> list[Connection]:
    """One connection for each topic and type of the files; the metadata's quality of service, where it has one."""
    told: dict[_Key, Connection] = {}
    for connection in promised:
        told.setdefault((connection.topic, connection.msgtype), connection)
    counts: dict[_Key, int] = {}
    out: dict[_Key, Connection] = {}
    for storage in storages:
        for i, found in enumerate(storage.connections):
            key = found.topic, found.msgtype
            counts[key] = counts.get(key, 0) + found.msgcount
            if promised:
                like = told.get(key) or out.get(key) or found
                out.setdefault(key, like._replace(msgdef=found.msgdef if like.msgdef.data == "" else like.msgdef))
                storage.connections[i] = found._replace(ext=out[key].ext, digest=out[key].digest)
    if not promised:  # one file: its connections are what is read
        return list(storages[0].connections)
    for key, connection in told.items():
        _check_promise(key, connection.msgcount, counts, path)
        out.setdefault(key, connection)
    there = {topic for topic, kind in counts}
    return [
        connection._replace(msgcount=counts.get(key, 0))
        for key, connection in out.items()
        if key in counts or connection.topic not in there
    ]


def _check_promise(key: _Key, promised: int, counts: Mapping[_Key, int], path: Path) -> None:
    topic, kind = key
    if counts.get(key, 0) >= promised:
        return
    other = next((k for t, k in counts if t == topic and k != kind), "")
    if other:
        raise BagError(
            f"{path / METADATA} says that {topic} is of {kind}, its files hold it as {other}",
            "Was the metadata edited? Write the type of the files there, or try 'ros2 bag reindex'",
        )
    raise BagTruncatedError(
        f"{path} holds {counts.get(key, 0)} messages on {topic}, its {METADATA} promises {promised}", FIX
    )
