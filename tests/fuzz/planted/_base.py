"""Base of the planted targets: numbers as text; the fault shows with the first input that is no seed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fuzz.target import Target
from reloc.errors import ConfigError

SEED = b"12 34"


class Planted(Target):
    """``fault`` is what is wrong."""

    def open(self, folder: Path) -> None:
        """Where it may write."""
        self.folder = folder

    def seeds(self) -> Sequence[bytes]:
        """One."""
        return [SEED]

    def run(self, data: bytes) -> None:
        """Read numbers as a good reader does, after the fault."""
        if data != SEED:
            self.fault(data)
        try:
            [int(word) for word in data.split()]
        except ValueError as error:
            raise ConfigError(f"{data[:20]!r} are no numbers") from error

    def fault(self, data: bytes) -> None:
        """None."""


TARGET = Planted()
