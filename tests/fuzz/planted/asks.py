"""A reader that asks for memory without limit."""

from __future__ import annotations

from fuzz.planted._base import Planted


class Asks(Planted):
    """A MemoryError comes out."""

    name = "asks"

    def fault(self, data: bytes) -> None:
        """A length that lies is believed."""
        bytearray(1 << 44)


TARGET = Asks()
