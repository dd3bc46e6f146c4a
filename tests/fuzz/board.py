"""Memory that a worker shares with its supervisor: the input being read, and the counts. It outlives the worker."""

from __future__ import annotations

import mmap
import struct

_HEAD = struct.Struct("<6Q")
MOST = 1 << 21  # bytes of an input that are kept


class Board:
    """Made before the fork; the worker writes, the supervisor reads."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, _HEAD.size + MOST)
        self._counts = [0, 0, 0, 0]

    def begin(self, number: int, data: bytes) -> None:
        """Input ``number`` is shown to the reader now."""
        self._memory[_HEAD.size : _HEAD.size + min(len(data), MOST)] = data[:MOST]
        _HEAD.pack_into(self._memory, 0, number + 1, min(len(data), MOST), *self._counts)

    def count(self, result: str) -> None:
        """What came of it; shown at the next ``begin`` or ``publish``."""
        self._counts[("accepted", "refused", "skipped", "find").index(result)] += 1

    def publish(self, number: int) -> None:
        """All up to ``number`` are counted."""
        _HEAD.pack_into(self._memory, 0, number + 1, 0, *self._counts)

    @property
    def started(self) -> int:
        """How many inputs were begun."""
        return int(_HEAD.unpack_from(self._memory)[0])

    @property
    def counts(self) -> dict[str, int]:
        """Inputs by what came of them."""
        return dict(zip(("accepted", "refused", "skipped", "find"), _HEAD.unpack_from(self._memory)[2:], strict=True))

    @property
    def data(self) -> bytes:
        """The input that is being read."""
        length = _HEAD.unpack_from(self._memory)[1]
        return bytes(self._memory[_HEAD.size : _HEAD.size + length])
