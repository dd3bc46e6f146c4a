"""7-Scenes folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from support import folders

from fuzz.targets._sources import SourceTarget


class SevenScenes(SourceTarget):
    """Two sequences; one frame has depth."""

    name, source, split = "seven_scenes", "7scenes", "train"
    options = {"camera": "60"}  # noqa: RUF012

    def make(self, folder: Path) -> None:
        """Write it."""
        for s in (1, 2):
            for i in range(2):
                stem = folder / f"seq-{s:02d}" / f"frame-{i:06d}"
                folders.write_colour(stem.with_suffix(".color.png"), 10 * s + i)
                folders.write_pose(stem.with_suffix(".pose.txt"), folders.pose(10 * s + i))
        depth = np.full((folders.HEIGHT, folders.WIDTH), 1500)
        folders.write_depth(folder / "seq-01/frame-000000.depth.png", depth)
        (folder / "TrainSplit.txt").write_text("sequence1\n")
        (folder / "TestSplit.txt").write_text("sequence2 \n")


TARGET = SevenScenes()
