"""A folder of photographs, of which nothing is known beside what stands in ``camera.json``."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
from support import folders

from fuzz.targets._sources import SourceTarget
from reloc.geometry.cameras import Camera


class ImagesFolder(SourceTarget):
    """Files of several formats."""

    name, source = "images_folder", "images"

    def make(self, folder: Path) -> None:
        """Write it."""
        folder.mkdir(parents=True)
        for i, suffix in enumerate((".png", ".jpg", ".bmp")):
            cv2.imwrite(str(folder / f"{i}{suffix}"), folders.colour(i))
        camera = Camera(folders.WIDTH, folders.HEIGHT, 60.0, 60.0, 31.5, 23.5)
        (folder / "camera.json").write_text(json.dumps(camera.to_dict()))


TARGET = ImagesFolder()
