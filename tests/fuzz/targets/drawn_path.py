"""Trajectories that `reloc view` draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fuzz.target import Target
from reloc.view.trajectory_file import read_trajectory


class DrawnPathTarget(Target):
    """A file in TUM's format."""

    name = "drawn_path"

    def open(self, folder: Path) -> None:
        """Where the file is written."""
        self._file = folder / "drive.tum"

    def seeds(self) -> Sequence[bytes]:
        """With a comment, with commas, with large and small numbers."""
        line = "1305031098.6659 1.3563 0.6305 1.6380 0.6132 0.5962 -0.3311 -0.3986\n"
        return [line.encode(), f"# stamp\n{line}{line.replace(' ', ',')}".encode(), b"0 1e300 -1e-300 0 0 0 0 1\r\n"]

    def run(self, data: bytes) -> None:
        """Read it."""
        self._file.write_bytes(data)
        read_trajectory(self._file)


TARGET = DrawnPathTarget()
