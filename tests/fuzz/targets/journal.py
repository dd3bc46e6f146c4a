"""The journal of a kidnap test, which an interrupted test goes on from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fuzz.target import Target
from reloc.kidnap.episode import Episode, FalseFix
from reloc.kidnap.journal import Journal
from reloc.kidnap.scoring import scores

SETTINGS = {"seed": 0, "kidnaps": 2, "localizer": "features"}


class JournalTarget(Target):
    """Two episodes, one with a false fix."""

    name = "journal"

    def open(self, folder: Path) -> None:
        """Write one."""
        self._file = folder / "journal.json"
        journal = Journal(self._file, SETTINGS)
        journal.problems = ("ref/001",)
        journal.add(
            Episode(0, "none", "stands", "a", "b", (1.0, 1.0, 1.0), True, 0.4, 0.1, nees=(1.0,), ms=(20.0, 30.0))
        )
        false = (FalseFix("picture", 0.2, None, None, "pose"),)
        journal.add(
            Episode(1, "elsewhere", "stands", "a", "c", None, True, None, 0.1, false, 1, reasons={"ambiguous": 3})
        )
        journal.write(scores(journal.in_order(), {"none"}))
        self._seed = self._file.read_bytes()

    def seeds(self) -> Sequence[bytes]:
        """It."""
        return [self._seed]

    def run(self, data: bytes) -> None:
        """Go on from it: read, score, write."""
        self._file.write_bytes(data)
        journal = Journal(self._file, SETTINGS)
        journal.write(scores(journal.in_order(), {"none"}))


TARGET = JournalTarget()
