"""Cameras as they are typed, and as they stand in JSON files."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from fuzz.target import NotAnInput, Target
from reloc.geometry.cameras import Camera
from reloc.maps.sources.shared.camera import parse_camera, read_camera


class CameraTarget(Target):
    """Text is an option's value; JSON is a file's content."""

    name = "camera"

    def open(self, folder: Path) -> None:
        """Where the file is written."""
        self._file = folder / "camera.json"

    def seeds(self) -> Sequence[bytes]:
        """All forms."""
        plain = Camera(640, 480, 525.5, 525.5, 319.5, 239.5)
        bent = {**plain.to_dict(), "distortion_model": "plumb_bob", "distortion": [0.1, -0.2, 0.0, 0.0, 0.0]}
        texts = ("525.5", "525.5,319.5,239.5", "525.5,526,319.5,239.5")
        return [*(t.encode() for t in texts), *(json.dumps(c).encode() for c in (plain.to_dict(), bent))]

    def run(self, data: bytes) -> None:
        """Read it, and use it."""
        if data.lstrip()[:1] in (b"{", b"["):
            self._file.write_bytes(data)
            camera = read_camera(self._file)
        elif b"\0" in data or data.endswith(b".json"):
            raise NotAnInput
        else:
            camera = parse_camera(os.fsdecode(data), (640, 480), corner=len(data) % 2 == 0)
        camera.to_dict(), camera.normalize(np.array([[1.0, 2.0]])), camera.scaled(64, 48)


TARGET = CameraTarget()
