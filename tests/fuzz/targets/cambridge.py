"""Cambridge Landmarks folders."""

from __future__ import annotations

from pathlib import Path

from support import folders

from fuzz.targets._sources import SourceTarget
from reloc.geometry import transforms

HEADING = "Visual Landmark Dataset V1\nImageFile, Camera Position [X Y Z W P Q R]\n\n"


class Cambridge(SourceTarget):
    """Two images in each split, and the reconstruction that tells focal lengths."""

    name, source = "cambridge", "cambridge"

    def make(self, folder: Path) -> None:
        """Write it."""
        for i in range(4):
            folders.write_colour(folder / f"seq1/frame{i:05d}.png", i)
        (folder / "dataset_train.txt").write_text(HEADING + _line(0) + _line(1))
        (folder / "dataset_test.txt").write_text(HEADING + _line(2) + _line(3))
        rows = "".join(f"seq1/frame{i:05d}.jpg {60 + i} 1 0 0 0 0 0 0 0 0\n" for i in range(4))
        (folder / "reconstruction.nvm").write_text(f"NVM_V3\n\n4\n{rows}\n0\n")


def _line(index: int) -> str:
    world_from_cam = folders.pose(index)
    x, y, z, w = transforms.to_quaternion(transforms.inverse(world_from_cam))
    centre = " ".join(f"{v:.9f}" for v in world_from_cam[:3, 3])
    return f"seq1/frame{index:05d}.png {centre} {w:.9f} {x:.9f} {y:.9f} {z:.9f}\n"


TARGET = Cambridge()
