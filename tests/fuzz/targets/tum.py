"""TUM RGB-D sequences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from support import folders

from fuzz.targets._sources import SourceTarget
from reloc.geometry import transforms


class Tum(SourceTarget):
    """Three images, depth of one, poses around them."""

    name, source = "tum", "tum"
    options = {"camera": "60"}  # noqa: RUF012

    def make(self, folder: Path) -> None:
        """Write it."""
        start, rgb = 1305031102, "# color images\n"
        for i in range(3):
            name = f"{start + 0.05 + 0.1 * i:.6f}"
            folders.write_colour(folder / "rgb" / f"{name}.png", i)
            rgb += f"{name} rgb/{name}.png\n"
        (folder / "rgb.txt").write_text(rgb)
        folders.write_depth(folder / "depth/0.png", np.full((folders.HEIGHT, folders.WIDTH), 10000))
        (folder / "depth.txt").write_text(f"# depth\n{start + 0.06:.6f} depth/0.png\n")
        truth = "# timestamp tx ty tz qx qy qz qw\n"
        for i in range(5):
            pose = folders.pose(i)
            numbers = " ".join(f"{n:.9f}" for n in (*pose[:3, 3], *transforms.to_quaternion(pose)))
            truth += f"{start + 0.1 * i:.4f} {numbers}\n"
        (folder / "groundtruth.txt").write_text(truth)


TARGET = Tum()
