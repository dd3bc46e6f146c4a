"""Write a rosbag2 of serialized messages without ROS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from rosbags.interfaces import Connection, Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime
from rosbags.rosbag2 import StoragePlugin, Writer, WriterError
from rosbags.typesys import Stores, TypesysError, get_types_from_msg, get_typestore

from reloc.errors import BagError

_NEVER = QosTime(0, 0)


def qos(*, reliable: bool = True, latched: bool = False, depth: int = 10) -> Qos:
    """A QoS profile as a publisher offers it. ``latched`` means transient local: late subscribers get the last
    messages.
    """
    return Qos(
        QosHistory.KEEP_LAST,
        depth,
        QosReliability.RELIABLE if reliable else QosReliability.BEST_EFFORT,
        QosDurability.TRANSIENT_LOCAL if latched else QosDurability.VOLATILE,
        _NEVER,
        _NEVER,
        QosLiveliness.AUTOMATIC,
        _NEVER,
        False,
    )


def read_definitions(share: Path) -> dict[str, str]:
    """Return the message definitions of a package by type, read from the ``msg`` folder of its share directory."""
    return {f"{share.name}/msg/{f.stem}": f.read_text() for f in sorted((share / "msg").glob("*.msg"))}


class BagWriter:
    """A new bag; a context manager. Metadata is written only if the block ends without an exception.

    Args:
        path: folder to create.
        definitions: text of each message type that is not part of ROS 2 Jazzy, by name, such as
            ``reloc_msgs/msg/Status``; see :func:`read_definitions`.

    Raises:
        BagError: the folder already exists, or a definition cannot be read.
    """

    def __init__(
        self,
        path: Path,
        storage: Literal["sqlite3", "mcap"] = "sqlite3",
        definitions: Mapping[str, str] | None = None,
    ) -> None:
        self.path = path
        self._types = get_typestore(Stores.ROS2_JAZZY)
        self._connections: dict[str, Connection] = {}
        new: dict[str, Any] = {}
        try:
            for name, text in (definitions or {}).items():
                if name not in self._types.types:
                    new |= get_types_from_msg(text, name)
            self._types.register(new)
            self._writer = Writer(path, version=9, storage_plugin=StoragePlugin[storage.upper()])
            self._writer.open()
        except (TypesysError, WriterError, OSError) as error:
            raise BagError(f"Cannot write the bag {path}: {error}", "Give a folder that does not exist yet") from error

    def add_topic(self, name: str, kind: str, profiles: Sequence[Qos] = ()) -> None:
        """Declare a topic of type ``kind``, for example ``sensor_msgs/msg/Image``, before its first message.

        Raises:
            BagError: the type is unknown, or the topic was declared before.
        """
        try:
            self._connections[name] = self._writer.add_connection(
                name, kind, typestore=self._types, offered_qos_profiles=profiles
            )
        except (WriterError, TypesysError, KeyError) as error:
            raise BagError(
                f"Cannot record {name} of type {kind}: {error}", "Pass the definition of this type"
            ) from error

    def add_recorded(self, connection: Connection) -> None:
        """Declare a topic as another bag recorded it, with its definition and quality of service.

        A topic that was declared with the same type stays as it is.

        Raises:
            BagError: the topic was declared with another type, or the bag does not define its type.
        """
        known = self._connections.get(connection.topic)
        if known is not None and known.msgtype == connection.msgtype:
            return
        if known is not None:
            raise BagError(f"{connection.topic} is of {known.msgtype} and of {connection.msgtype}", "Record one type")
        ext: Any = connection.ext
        defined = connection.msgdef.data and connection.digest
        told = {"msgdef": connection.msgdef.data, "rihs01": connection.digest} if defined else {}
        try:
            self._connections[connection.topic] = self._writer.add_connection(
                connection.topic,
                connection.msgtype,
                typestore=self._types,
                serialization_format=getattr(ext, "serialization_format", "cdr"),
                offered_qos_profiles=getattr(ext, "offered_qos_profiles", ()),
                **told,
            )
        except (WriterError, TypesysError, KeyError) as error:
            raise BagError(f"Cannot copy {connection.topic} of type {connection.msgtype}: {error}") from error

    def write(self, topic: str, received_ns: int, data: bytes) -> None:
        """Append one message, serialized as CDR.

        Raises:
            BagError: the topic was not declared.
        """
        if topic not in self._connections:
            raise BagError(f"The topic {topic} was not declared", "Call add_topic first")
        self._writer.write(self._connections[topic], received_ns, data)

    def close(self) -> None:
        """Write the remaining data and the metadata."""
        self._writer.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._writer.close()
        else:
            self._writer.abort()
