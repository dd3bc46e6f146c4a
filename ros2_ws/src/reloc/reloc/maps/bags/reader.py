"""Read a rosbag2 (sqlite3 or mcap) and report what is wrong with a broken one."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from rosbags.interfaces import Connection, ConnectionExtRosbag2, MessageDefinitionFormat, Qos
from rosbags.typesys import Stores, get_types_from_idl, get_types_from_msg, get_typestore

from reloc.errors import BagError, BagTruncatedError, RelocError
from reloc.maps.bags.mcap_records import MAGIC, check_records
from reloc.maps.bags.metadata_file import METADATA, check_metadata
from reloc.maps.bags.sqlite_file import check_sqlite
from reloc.maps.bags.storage import Storage, open_storage
from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import opened

REINDEX = "Close the recording properly, or try 'ros2 bag reindex'"
# The exceptions that the libraries below raise on damaged bytes. There are too many kinds to list.
_BROKEN = Exception


class BagMessage(NamedTuple):
    """One message as it was recorded."""

    topic: str
    type: str  # for example sensor_msgs/msg/Image
    received_ns: int
    data: bytes  # CDR


@dataclass(frozen=True, slots=True)
class BagTopic:
    """One topic of a bag."""

    name: str
    type: str
    count: int
    qos: tuple[Qos, ...]  # as the publishers offered it; empty if it was not recorded


class BagReader:
    """A bag that is open for reading; a context manager.

    Args:
        path: the bag's folder, or one ``.db3`` or ``.mcap`` file.

    Raises:
        BagError: there is no bag, or its kind cannot be read.
        BagTruncatedError: the recording was not closed, or a file is cut off.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        _check_files(path)
        self._storage: Storage = _open(path)
        self._types = get_typestore(Stores.ROS2_JAZZY)
        try:
            self.topics = _topics(self._storage.connections)
        except BaseException:
            self.close()
            raise

    @property
    def start_ns(self) -> int:
        """When the first message was received."""
        return self._storage.start_ns

    @property
    def end_ns(self) -> int:
        """Just after the last message was received."""
        return self._storage.end_ns

    @property
    def connections(self) -> Sequence[Connection]:
        """What was recorded, with types, definitions and quality of service, as another bag needs them."""
        return self._storage.connections

    @property
    def storage_files(self) -> list[tuple[Path, dict[int, str]]]:
        """The files the messages lie in, each with its topics by their number in it."""
        return self._storage.files

    def messages(
        self, topics: Collection[str] | None = None, start_ns: int | None = None, stop_ns: int | None = None
    ) -> Iterator[BagMessage]:
        """Yield messages in the order of reception, from ``start_ns`` up to but without ``stop_ns``.

        Raises:
            BagTruncatedError: the file cannot be read further.
        """
        chosen = [c for c in self._storage.connections if topics is None or c.topic in topics]
        if not chosen:
            return
        read = dict.fromkeys((c.topic for c in chosen), 0)
        try:
            for connection, received_ns, data in self._storage.messages(chosen, start_ns, stop_ns):
                read[connection.topic] += 1
                yield BagMessage(connection.topic, connection.msgtype, received_ns, bytes(data))
        except _BROKEN as error:
            raise BagTruncatedError(f"{self.path} cannot be read on: {error}", REINDEX) from error
        if start_ns is None and stop_ns is None:
            for topic, count in read.items():
                if count < self.topics[topic].count:
                    promised = f"{count} messages on {topic} were read, {self.topics[topic].count} are in its index"
                    raise BagTruncatedError(f"{self.path}: {promised}", REINDEX)

    def decode(self, message: BagMessage) -> Any:
        """Return the message as an object with the fields of its type.

        Raises:
            BagError: the type is unknown and the bag does not define it, or the bytes do not match the type.
        """
        if message.type not in self._types.types:
            self._learn(message.type)
        try:
            return self._types.deserialize_cdr(message.data, message.type)
        except _BROKEN as error:
            raise BagError(
                f"A {message.type} on {message.topic} at {message.received_ns} ns cannot be decoded: {error}",
                "The bag is damaged: record it again",
            ) from error

    def close(self) -> None:
        """Close the files."""
        self._storage.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _learn(self, name: str) -> None:
        definition = next((c.msgdef for c in self._storage.connections if c.msgtype == name), None)
        if definition is None or definition.format == MessageDefinitionFormat.NONE:
            raise BagError(f"{self.path} does not define {name}", "Record the bag with a newer rosbag2")
        is_msg = definition.format == MessageDefinitionFormat.MSG
        try:
            types = get_types_from_msg(definition.data, name) if is_msg else get_types_from_idl(definition.data)
            self._types.register({k: v for k, v in types.items() if k not in self._types.types})
        except _BROKEN as error:
            raise BagError(
                f"{self.path}: the definition of {name} cannot be read: {error}", "Record the bag again"
            ) from error


def _check_files(path: Path) -> None:
    if not path.exists():
        raise BagError(f"No bag at {path}", "Give the folder that 'ros2 bag record' wrote")
    if path.suffix == ".bag":
        raise BagError(f"{path} is a ROS 1 bag", "Convert it: rosbags-convert --src FILE.bag --dst FOLDER")
    if path.is_dir() and not (path / METADATA).is_file():
        inside = sorted(f.name for f in path.iterdir() if f.suffix in (".db3", ".mcap"))
        if not inside:
            raise BagError(f"{path} is not a bag: it has no {METADATA}", "Give the folder that 'ros2 bag record' wrote")
        raise BagTruncatedError(f"{path} has {inside[0]} but no {METADATA}: the recording was not closed", REINDEX)
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
        if stream.read(len(MAGIC)) == MAGIC:  # opening the file will report it
            check_records(stream, blame)


def _open(path: Path) -> Storage:
    try:
        return open_storage(path)
    except RelocError:
        raise
    except _BROKEN as error:
        if any(words in str(error) for words in ("not supported", "Unrecognized storage", "Unsupported chunk")):
            raise BagError(
                f"{path} cannot be read: {error}",
                "Supported are rosbag2 with sqlite3 or mcap storage, uncompressed or zstd",
            ) from error
        raise BagTruncatedError(f"{path} is cut off or damaged: {error}", REINDEX) from error


def _topics(connections: Sequence[Connection]) -> dict[str, BagTopic]:
    topics: dict[str, BagTopic] = {}
    for c in connections:
        before = topics.get(c.topic)
        if before is not None and before.type != c.msgtype:
            raise BagError(
                f"{c.topic} has both the type {before.type} and {c.msgtype}", "Record one type for each topic"
            )
        count, qos = (before.count, before.qos) if before else (0, ())
        topics[c.topic] = BagTopic(c.topic, c.msgtype, count + c.msgcount, (*qos, *_qos(c)))
    return topics


def _qos(connection: Connection) -> list[Qos]:
    return connection.ext.offered_qos_profiles if isinstance(connection.ext, ConnectionExtRosbag2) else []
