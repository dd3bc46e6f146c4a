"""A reader that lets an error of Python out."""

from __future__ import annotations

from fuzz.planted._base import Planted


class Raises(Planted):
    """A KeyError."""

    name = "raises"

    def fault(self, data: bytes) -> None:
        """Look for what is not there."""
        {}[data]


TARGET = Raises()
