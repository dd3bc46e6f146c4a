"""A reader that refuses what is valid."""

from __future__ import annotations

from fuzz.planted._base import Planted
from reloc.errors import ConfigError


class Refuses(Planted):
    """Its own seed."""

    name = "refuses"

    def run(self, data: bytes) -> None:
        """Nothing is good enough."""
        raise ConfigError("no")


TARGET = Refuses()
