"""What all importers have in common: where they read, what they were told, what they noted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.source import SourceFrame, SourceOptions
from reloc.maps.sources.shared.system_errors import as_source_errors


class Importer:
    """Base of the importers here; see :class:`reloc.maps.source.Source`, which one elsewhere may fulfil without it."""

    name: str
    keyframes = KeyframeConfig()

    def __init__(self, path: Path, options: SourceOptions) -> None:
        self.path = path
        self.options = options
        self.notes: list[str] = []

    def frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        self.notes.clear()
        with as_source_errors(self.path):
            return self._frames(split)

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """What :meth:`frames` returns; what the system refuses need not be caught."""
        raise NotImplementedError
