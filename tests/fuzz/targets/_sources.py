"""Base of targets that read a data set by an importer: its frames, the first ones' images and depth."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

from fuzz.targets._folder import FolderTarget
from reloc.maps.source import SourceOptions, open_source


class SourceTarget(FolderTarget):
    """``source`` is the importer's name; ``options`` as on the command line."""

    source: str
    options: dict[str, Any] = {}  # noqa: RUF012  # never changed
    split = "all"

    def read(self, folder: Path) -> None:
        """As a build does."""
        frames = open_source(self.source, folder, SourceOptions(**self.options)).frames(self.split)
        for frame in islice(frames, 2):
            image = frame.load_image()
            frame.camera_for(image)
            depth = frame.load_depth()
            if depth is not None:
                depth.points()
