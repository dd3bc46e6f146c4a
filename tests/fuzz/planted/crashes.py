"""A reader that takes the process with it."""

from __future__ import annotations

import ctypes

from fuzz.planted._base import Planted


class Crashes(Planted):
    """SIGSEGV."""

    name = "crashes"

    def fault(self, data: bytes) -> None:
        """Read address 0."""
        ctypes.string_at(0)


TARGET = Crashes()
