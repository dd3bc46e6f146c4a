"""What all importers have in common: where they read, what they were told, what they noted."""

from __future__ import annotations

from pathlib import Path

from reloc.maps.keyframes import KeyframeConfig
from reloc.maps.source import SourceOptions


class Importer:
    """Base of the importers here; see :class:`reloc.maps.source.Source`, which one elsewhere may fulfil without it."""

    name: str
    keyframes = KeyframeConfig()

    def __init__(self, path: Path, options: SourceOptions) -> None:
        self.path = path
        self.options = options
        self.notes: list[str] = []
