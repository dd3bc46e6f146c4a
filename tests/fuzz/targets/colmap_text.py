"""COLMAP models as text."""

from __future__ import annotations

from pathlib import Path

from support import folders

from fuzz.targets._sources import SourceTarget
from reloc.geometry import transforms


def write_text(folder: Path) -> None:
    """A model of three images with one camera, and the images."""
    sparse = folder / "sparse" / "0"
    sparse.mkdir(parents=True)
    camera = f"1 OPENCV {folders.WIDTH} {folders.HEIGHT} 60 61 32 24 0.1 -0.01 0 0\n"
    (sparse / "cameras.txt").write_text(camera)
    (sparse / "images.txt").write_text("".join(_lines(i) for i in range(3)))
    (sparse / "points3D.txt").write_text("1 0.5 0.25 2 10 20 30 0.5 1 0 2 0\n")
    for i in range(3):
        folders.write_colour(folder / "images" / "room" / f"{i}.png", i)


def _lines(index: int) -> str:
    cam_from_world = transforms.inverse(folders.pose(index))
    x, y, z, w = transforms.to_quaternion(cam_from_world)
    t = " ".join(f"{v:.12f}" for v in cam_from_world[:3, 3])
    points = "30.5 20.5 1" if index < 2 else "12 13 -1"
    return f"{index + 1} {w:.12f} {x:.12f} {y:.12f} {z:.12f} {t} 1 room/{index}.png\n{points}\n"


class ColmapText(SourceTarget):
    """Cameras, images, points."""

    cost = 20
    name, source, needs = "colmap_text", "colmap", "pycolmap"
    suffixes = (".txt",)

    def make(self, folder: Path) -> None:
        """Write it."""
        write_text(folder)


TARGET = ColmapText()
