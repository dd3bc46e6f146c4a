"""Read a rosbag2 (sqlite3 or mcap), and say by name what is wrong with a broken one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from rosbags.interfaces import Connection, ConnectionExtRosbag2, MessageDefinitionFormat, Qos
from rosbags.rosbag2 import Reader
from rosbags.rosbag2.reader import DirectoryReader
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore

from reloc.errors import BagError, BagTruncatedError
from reloc.maps.bags.mcap_records import MAGIC, check_records
from reloc.maps.bags.metadata_file import check_metadata
from reloc.maps.bags.sqlite_file import check_sqlite
from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import opened

METADATA = "metadata.yaml"
REINDEX = "Close the recording properly, or try 'ros2 bag reindex'"
# What the libraries below raise on bytes that are not what they should be: more kinds than could be listed.
_BROKEN = Exception


class BagMessage(NamedTuple):
    """One message as it was recorded."""

    topic: str
    type: str  # say sensor_msgs/msg/Image
    received_ns: int
    data: bytes  # CDR


@dataclass(frozen=True, slots=True)
class BagTopic:
    """One topic of a bag."""

    name: str
    type: str
    count: int
    qos: tuple[Qos, ...]  # as its publishers offered it; empty where that was not recorded


class BagReader:
    """A bag that is open for reading; a context manager.

    Args:
        path: the bag's folder, or one ``.db3`` or ``.mcap`` file.

    Raises:
        BagError: there is no bag, or it is of a kind that cannot be read.
        BagTruncatedError: it was not closed, or something is cut off.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        _check_files(path)
        self._reader = _open(path)
        self._types = get_typestore(Stores.ROS2_JAZZY)
        try:
            _check_counts(self._reader, path)
            self.topics = _topics(self._reader)
        except BaseException:
            self.close()
            raise

    @property
    def start_ns(self) -> int:
        """When the first message was received."""
        return self._reader.start_time

    @property
    def end_ns(self) -> int:
        """Just after the last message was received."""
        return self._reader.end_time

    @property
    def storage_files(self) -> list[tuple[Path, dict[int, str]]]:
        """The files the messages lie in, each with its topics by their number in it."""
        storage = self._reader.storage
        storages: list[Any] = storage.storages if isinstance(storage, DirectoryReader) else [storage]
        return [(Path(s.path), {c.id: c.topic for c in s.connections}) for s in storages]

    def messages(
        self, topics: Collection[str] | None = None, start_ns: int | None = None, stop_ns: int | None = None
    ) -> Iterator[BagMessage]:
        """Messages in the order in which they were received, from ``start_ns`` until before ``stop_ns``.

        Raises:
            BagTruncatedError: the file cannot be read on.
        """
        chosen = [c for c in self._reader.connections if topics is None or c.topic in topics]
        if not chosen:
            return
        try:
            for connection, received_ns, data in self._reader.messages(chosen, start_ns, stop_ns):
                yield BagMessage(connection.topic, connection.msgtype, received_ns, bytes(data))
        except _BROKEN as error:
            raise BagTruncatedError(f"{self.path} cannot be read on: {error}", REINDEX) from error

    def decode(self, message: BagMessage) -> Any:
        """The message as an object with the fields of its type.

        Raises:
            BagError: the type is unknown and its definition is not in the bag, or the bytes do not fit it.
        """
        if message.type not in self._types.types:
            self._learn(message.type)
        try:
            return self._types.deserialize_cdr(message.data, message.type)
        except _BROKEN as error:
            raise BagError(
                f"A {message.type} on {message.topic} at {message.received_ns} ns cannot be decoded: {error}",
                "The bag is damaged",
            ) from error

    def close(self) -> None:
        """Close the files."""
        if self._reader.is_open:
            self._reader.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _learn(self, name: str) -> None:
        definition = next((c.msgdef for c in self._reader.connections if c.msgtype == name), None)
        if definition is None or definition.format == MessageDefinitionFormat.NONE:
            raise BagError(f"{self.path} does not define {name}", "Record it with a newer rosbag2")
        is_msg = definition.format == MessageDefinitionFormat.MSG
        try:
            types = get_types_from_msg(definition.data, name) if is_msg else get_types_from_idl(definition.data)
            self._types.register({k: v for k, v in types.items() if k not in self._types.types})
        except _BROKEN as error:
            raise BagError(
                f"{self.path}: its definition of {name} cannot be read: {error}", "Record it anew"
            ) from error


def _check_files(path: Path) -> None:
    if not path.exists():
        raise BagError(f"No bag at {path}", "Give the folder that 'ros2 bag record' wrote")
    if path.suffix == ".bag":
        raise BagError(f"{path} is a bag of ROS 1", "Convert it: rosbags-convert --src FILE.bag --dst FOLDER")
    if path.is_dir() and not (path / METADATA).is_file():
        inside = sorted(f.name for f in path.iterdir() if f.suffix in (".db3", ".mcap"))
        if not inside:
            raise BagError(f"{path} is no bag: it has no {METADATA}", "Give the folder that 'ros2 bag record' wrote")
        raise BagTruncatedError(f"{path} has {inside[0]} but no {METADATA}: its recording was not closed", REINDEX)
    if path.is_dir():
        check_metadata(path / METADATA, REINDEX)
    for file in sorted([*path.glob("*.db3"), *path.glob("*.mcap")]) if path.is_dir() else [path]:
        _check_storage(file)
    logs = path.glob("*.db3-wal") if path.is_dir() else [path.with_name(path.name + "-wal")]
    for log in logs:
        if log.is_file() and log.stat().st_size > 0:
            raise BagTruncatedError(f"{log} still holds messages: the recording was not closed", REINDEX)


def _check_storage(file: Path) -> None:
    if file.suffix != ".mcap":
        return check_sqlite(file, REINDEX)
    blame = Blame(str(file), BagTruncatedError, REINDEX)
    with opened(file, blame) as stream:
        if stream.read(len(MAGIC)) == MAGIC:  # else opening it will tell
            check_records(stream, blame)


def _open(path: Path) -> Reader:
    try:
        reader = Reader(path)
        reader.open()
    except _BROKEN as error:
        if any(words in str(error) for words in ("not supported", "Unrecognized storage", "Profile is not ros2")):
            raise BagError(
                f"{path} cannot be read: {error}", "It takes rosbag2 of sqlite3 or mcap, zstd at most"
            ) from error
        raise BagTruncatedError(f"{path} is cut off or damaged: {error}", REINDEX) from error
    return reader


def _check_counts(reader: Reader, path: Path) -> None:
    if not isinstance(reader.storage, DirectoryReader):
        return
    there = sum(s.metadata.message_count for s in reader.storage.storages)
    if there < reader.message_count:
        raise BagTruncatedError(
            f"{path} holds {there} messages, its {METADATA} promises {reader.message_count}", REINDEX
        )


def _topics(reader: Reader) -> dict[str, BagTopic]:
    topics: dict[str, BagTopic] = {}
    for c in reader.connections:
        before = topics.get(c.topic)
        if before is not None and before.type != c.msgtype:
            raise BagError(f"{c.topic} is both {before.type} and {c.msgtype}", "Record one type a topic")
        count, qos = (before.count, before.qos) if before else (0, ())
        topics[c.topic] = BagTopic(c.topic, c.msgtype, count + c.msgcount, (*qos, *_qos(c)))
    return topics


def _qos(connection: Connection) -> list[Qos]:
    return connection.ext.offered_qos_profiles if isinstance(connection.ext, ConnectionExtRosbag2) else []
