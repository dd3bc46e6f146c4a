"""Files with the poses of structure from motion for 7-Scenes and 12-Scenes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fuzz.target import Target
from reloc.evaluation.standard.pose_files import read


class PoseLines(Target):
    """A line for each image."""

    name = "pose_lines"

    def open(self, folder: Path) -> None:
        """Choose the file."""
        self._file = folder / "chess_test.txt"

    def seeds(self) -> Sequence[bytes]:
        """Both data sets."""
        pose = b"0.5 0.5 0.5 0.5 1.25 -2 0.125 525.5\n"
        names = (b"seq-03/frame-000000.color.png ", b"data/frame-000178.color.jpg ")
        return [name + pose for name in names] + [names[0] + pose + names[1] + pose]

    def run(self, data: bytes) -> None:
        """Read it."""
        self._file.write_bytes(data)
        read(self._file)


TARGET = PoseLines()
