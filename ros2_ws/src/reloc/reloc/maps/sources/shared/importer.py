"""Base class of all importers: their path, options and notes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.left_out import LeftOut
from reloc.maps.scale import UNKNOWN_SCALE
from reloc.maps.source import SourceFrame, SourceOptions
from reloc.maps.sources.shared.frames import check_frames
from reloc.maps.sources.shared.system_errors import as_source_errors


class Importer:
    """Base of the importers here. Other sources may implement :class:`reloc.maps.source.Source` without it."""

    name: str
    keyframes = KeyframeConfig()

    def __init__(self, path: Path, options: SourceOptions) -> None:
        self.path = path
        self.options = options
        self.notes: list[str] = []
        self.odometry = ""
        self.scale = UNKNOWN_SCALE if options.scale_unknown else ""

    def frames(self, split: str) -> Sequence[SourceFrame]:
        """See :class:`reloc.maps.source.Source`."""
        self.notes.clear()
        self.odometry = ""
        with as_source_errors(self.path):
            return self._frames(split)

    def unposed(self) -> Sequence[SourceFrame]:
        """Return all frames without their poses. A source that can do without poses need not read them.

        Raises:
            SourceError, CameraError, MapEmptyError: as :meth:`frames`.
        """
        return [replace(frame, world_from_cam=None) for frame in self.frames("all")]

    def bad(self, what: str) -> LeftOut:
        """Where bad items are counted; ``what`` they are, in the plural."""
        return LeftOut(what, self.options.max_bad)

    def settle(self, left_out: LeftOut, total: int) -> None:
        """Refuse if too many of ``total`` items are bad; note those that are left out.

        Raises:
            RelocError: of the first bad item's class.
        """
        left_out.check(total)
        if note := left_out.note(total):
            self.notes.append(note)

    def checked(self, frames: Sequence[SourceFrame], what: str, left_out: LeftOut | None = None) -> list[SourceFrame]:
        """The frames that can be used, by :func:`check_frames`; those that were ``left_out`` before count, too.

        Raises:
            RelocError: there is none, or too many are bad.
        """
        left_out = left_out or self.bad(f"frames of {what}")
        total = len(frames) + left_out.count
        good = check_frames(frames, what, left_out, allow_duplicates=self.options.allow_duplicates)
        self.settle(left_out, total)
        return good

    def _frames(self, split: str) -> Sequence[SourceFrame]:
        """Return what :meth:`frames` returns; subclasses need not catch errors of the operating system."""
        raise NotImplementedError
