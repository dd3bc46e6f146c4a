"""A reader that keeps a little of each input for ever."""

from __future__ import annotations

from fuzz.planted._base import Planted

_KEPT: list[bytearray] = []


class Leaks(Planted):
    """Each input alone is within its limit."""

    name, memory_mb = "leaks", 64

    def fault(self, data: bytes) -> None:
        """A quarter of a MiB, touched."""
        _KEPT.append(bytearray(b"x") * (1 << 18))


TARGET = Leaks()
