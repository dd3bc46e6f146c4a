"""What a fault asks of a disk that is full."""

from __future__ import annotations

import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path


class FullDisk(ABC):
    """``inside`` goes before a command that is to write to it; ``path`` is how it is reached from outside."""

    how: str  # in the table, behind what was done; empty: a disk of its own
    mounted: Path
    path: Path
    inside: Sequence[str]

    @abstractmethod
    def fill(self, leave_bytes: int, file_bytes: int) -> None:
        """Leave so much room; where no disk can be made, files of at most ``file_bytes`` can be written."""

    @abstractmethod
    def make_room(self) -> None:
        """Undo :meth:`fill`."""

    def content_hash(self, name: str) -> str:
        """That of the map of this name, every file checked; or what is wrong with it."""
        code = "import sys; from reloc.maps.reference_map import ReferenceMap as M; "
        code += "print(M.open(sys.argv[1]).content_hash)"
        done = timed([*self.inside, sys.executable, "-c", code, str(self.mounted / name)])[1]
        return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def timed(command: Sequence[str]) -> tuple[float, subprocess.CompletedProcess[str]]:
    """Seconds that a command took, and what came of it."""
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    return time.monotonic() - began, done
