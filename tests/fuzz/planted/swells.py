"""A reader that takes memory before it looks, and gives it back."""

from __future__ import annotations

from fuzz.planted._base import Planted


class Swells(Planted):
    """More than one input may take."""

    name, memory_mb = "swells", 64

    def fault(self, data: bytes) -> None:
        """96 MiB for a moment, touched."""
        bytearray(b"x") * (96 << 20)


TARGET = Swells()
