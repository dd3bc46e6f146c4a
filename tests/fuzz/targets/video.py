"""A video file."""

from __future__ import annotations

from pathlib import Path

import cv2
from support import folders

from fuzz.targets._sources import SourceTarget


class Video(SourceTarget):
    """Three frames."""

    cost = 100  # each is looked through in a process of its own
    name, source = "video", "video"

    def make(self, folder: Path) -> None:
        """Write it."""
        folder.mkdir(parents=True, exist_ok=True)
        size = (folders.WIDTH, folders.HEIGHT)
        writer = cv2.VideoWriter(str(folder / "v.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 10.0, size)
        for i in range(3):
            writer.write(folders.colour(i))
        writer.release()

    def read(self, folder: Path) -> None:
        """As a build does."""
        super().read(folder / "v.avi")


TARGET = Video()
