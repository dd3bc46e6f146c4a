"""COLMAP models as binary files."""

from __future__ import annotations

from pathlib import Path

import pycolmap

from fuzz.targets._sources import SourceTarget
from fuzz.targets.colmap_text import write_text


class ColmapBinary(SourceTarget):
    """Cameras, images, points, and what newer versions write: rigs and frames."""

    cost = 20
    name, source = "colmap_binary", "colmap"
    suffixes = (".bin",)

    def make(self, folder: Path) -> None:
        """Write it."""
        write_text(folder)
        sparse = folder / "sparse" / "0"
        model = pycolmap.Reconstruction(sparse)
        for file in sparse.iterdir():
            file.unlink()
        model.write_binary(sparse)


TARGET = ColmapBinary()
