"""Indoor-6 folders."""

from __future__ import annotations

import pickle
from pathlib import Path

from support import folders

from fuzz.targets._sources import SourceTarget


class Indoor6(SourceTarget):
    """Three frames."""

    name, source, split = "indoor6", "indoor6", "train"

    def make(self, folder: Path) -> None:
        """Write it."""
        (folder / "images").mkdir(parents=True)
        names = []
        for i in range(3):
            stem = folder / "images" / f"image-{i:06d}"
            folders.write_colour(stem.with_suffix(".color.jpg"), i)
            numbers = " ".join(str(v) for v in folders.pose(i)[:3].ravel())
            stem.with_suffix(".pose.txt").write_text(numbers)
            line = f"{folders.WIDTH} {folders.HEIGHT} 50 {folders.WIDTH / 2} {folders.HEIGHT / 2} 0 x\n"
            stem.with_suffix(".intrinsics.txt").write_text(line)
            names.append(f"{stem.name}.color.jpg")
        (folder / "train_test_val.pkl").write_bytes(pickle.dumps({"train": names, "test": names[:1]}))


TARGET = Indoor6()
