"""What the source rtabmap reads, without the images."""

from __future__ import annotations

from pathlib import Path

from support import folders, pose_sources

from fuzz.targets._sources import SourceTarget
from reloc.geometry.cameras import Camera


class Rtabmap(SourceTarget):
    """Three images and their poses."""

    name, source = "rtabmap", "rtabmap"

    def make(self, folder: Path) -> None:
        """Write it."""
        camera = Camera(folders.WIDTH, folders.HEIGHT, 60.0, 61.0, 30.0, 25.0)
        pictures = [folders.colour(i) for i in range(3)]
        pose_sources.rtabmap(folder, pictures, [folders.pose(i) for i in range(3)], camera)

    def read(self, folder: Path) -> None:
        """The importer is given the place in it."""
        super().read(pose_sources.place_of("rtabmap", folder))


TARGET = Rtabmap()
