"""Intrinsics of another lens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reloc.geometry.cameras import Camera
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.scenery import Scenery

_FACTORS = (0.7, 0.8, 0.9, 1.1, 1.2, 1.3)


class WrongFocal(Disturbance):
    """The focal length is wrong from the start. A pose that still explains the image is too near or too far."""

    name = "wrong_focal"
    about = "The focal length that the robot uses is wrong by 10 to 30 %"
    recoverable = False
    from_start = True

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        super().__init__(scenery, random)
        self._factor = float(random.choice(_FACTORS))

    def camera(self, camera: Camera) -> Camera:
        """Return the camera with the wrong focal length."""
        return replace(camera, fx=camera.fx * self._factor, fy=camera.fy * self._factor)

    def key(self, seconds: float) -> str | None:
        """Identify the image by the focal length's error."""
        return f"{self._factor}"


PLUGIN = WrongFocal
