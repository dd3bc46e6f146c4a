"""MCAP files as MCAP's own libraries write them, with the same ROS 2 messages inside.

Their header may name no profile, and rosbags reads the profile ``ros2`` alone: such a file is shown to it as if it had
that one. The header is a record of at least eight bytes, and nothing else of it is looked at.

Their chunks and counts may stand in no index, and rosbags then passes over the messages without a word: such a file is
read from end to end.
"""

from __future__ import annotations

import struct
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any

from rosbags.rosbag2.storage_mcap import McapReader

from reloc.errors import BagError
from reloc.maps.bags.mcap_records import MAGIC
from reloc.parsing.blame import shown

_HEADER_AT = len(MAGIC) + 9  # behind the kind and the length of the first record
_ROS2 = struct.pack("<I4s", 4, b"ros2")
_LONGEST = 1 << 16


class AnyProfileReader(McapReader):
    """rosbags' reader, also for files without a profile."""

    def open(self) -> None:
        """Open the file.

        Raises:
            BagError: its messages are not of ROS 2.
        """
        profile = _profile(Path(str(self.path)))
        if profile not in ("", "ros2"):
            raise BagError(
                f"{self.path} is an MCAP file of the profile {shown(profile)}",
                "ROS 2 messages are needed: profile ros2, or none. Convert it: rosbags-convert --src FILE --dst FOLDER",
            )
        if profile == "ros2":
            super().open()
            return
        self.bio = BufferedReader(_NamesRos2(str(self.path)))
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        super()._open()
        counted = sum(c.msgcount for c in self.connections)
        if counted == self.metadata.message_count and all(chunk.channel_count for chunk in self.chunks):
            return
        self.chunks.clear()  # so that messages are found by reading all of the file
        self.meta_scan()
        if self.statistics is None:
            return
        counts, first, last = (
            self.statistics.channel_message_counts, self.statistics.start_time, self.statistics.end_time
        )  # fmt: skip
        count = self.statistics.message_count
        self.connections = [c._replace(msgcount=counts.get(c.id, 0)) for c in self.connections]
        if count:
            self.metadata = self.metadata._replace(
                duration=last - first + 1, start_time=first, end_time=last + 1, message_count=count
            )


class _NamesRos2(FileIO):
    """The file, in whose header the profile stands."""

    def readinto(self, buffer: Any, /) -> int:
        at = self.tell()
        count = super().readinto(buffer) or 0
        for i, byte in enumerate(_ROS2, _HEADER_AT - at):
            if 0 <= i < count:
                memoryview(buffer)[i] = byte
        return count


def _profile(path: Path) -> str:
    """The profile in an MCAP file's header; ``ros2`` where it is no such file, which opening it will tell."""
    with path.open("rb") as stream:
        head = stream.read(_HEADER_AT + 4)
        if len(head) < _HEADER_AT + 4 or not head.startswith(MAGIC):
            return "ros2"
        (length,) = struct.unpack_from("<I", head, _HEADER_AT)
        if length > _LONGEST:
            return "ros2"
        return stream.read(length).decode("utf-8", "replace")
