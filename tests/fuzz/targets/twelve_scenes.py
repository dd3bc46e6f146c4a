"""12-Scenes folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from support import folders

from fuzz.targets._sources import SourceTarget

COLOUR = "50 0 30.5 0  0 51 22.5 0  0 0 1 0  0 0 0 1"
DEPTH = "25 0 15.5 0  0 25 11.5 0  0 0 1 0  0 0 0 1"


class TwelveScenes(SourceTarget):
    """Four frames, one of them lost, one with depth."""

    name, source, split = "twelve_scenes", "12scenes", "train"

    def make(self, folder: Path) -> None:
        """Write it."""
        for i in range(4):
            folders.write_colour(folder / f"data/frame-{i:06d}.color.png", i)
            folders.write_pose(folder / f"data/frame-{i:06d}.pose.txt", folders.pose(i))
        folders.write_depth(folder / "data/frame-000002.depth.png", np.full((24, 32), 2500))
        (folder / "data/frame-000003.pose.txt").write_text("-inf " * 15 + "1")
        split = "sequence0 [frames=2]  [start=0 ; end=1]\nsequence1 [frames=2]  [start=2 ; end=3]\n"
        (folder / "split.txt").write_text(split)
        (folder / "info.txt").write_text(
            f"m_colorWidth = 64\nm_depthShift = 1000\nm_calibrationColorIntrinsic = {COLOUR} \n"
            f"m_calibrationDepthIntrinsic = {DEPTH} \n"
        )


TARGET = TwelveScenes()
