"""Base of targets that read a bag: as a source of maps, and as `reloc replay` does."""

from __future__ import annotations

from pathlib import Path

import cv2
from support import bags
from support.bag_drives import tf_drive

from fuzz.targets._sources import SourceTarget


class BagTarget(SourceTarget):
    """A short drive with images, camera_info and TF in one kind of storage."""

    cost = 20
    source = "rosbag2"
    storage: str

    def make(self, folder: Path) -> None:
        """Write it."""
        png = cv2.imencode(".png", bags.pixels(0))[1].tobytes()
        more = [(bags.at(0.5), "/cam/image_raw/compressed", bags.compressed(bags.at(0.5), png))]
        parts = (bags.mount(), tf_drive(), bags.camera_part(3), more)
        bags.write(folder, bags.ordered(*parts), self.storage)

    options = {"image_topic": "/cam/image_raw"}  # noqa: RUF012
