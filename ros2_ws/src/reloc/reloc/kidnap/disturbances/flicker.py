"""Lamps that flicker."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import UInt8
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.scenery import Scenery


class Flicker(Disturbance):
    """Change brightness from image to image, and in bands within an image, as with lamps and a rolling shutter."""

    name = "flicker"
    about = "Brightness changes from image to image, and in bands of rows"

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        super().__init__(scenery, random)
        self._depth = float(random.uniform(0.2, 0.6))
        self._bands = float(random.uniform(0.5, 4.0))
        self._beat = float(random.uniform(0.3, 3.0))  # cycles per second

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Return the image at that moment."""
        rows = np.arange(image.shape[0]) / image.shape[0]
        wave = 0.5 + 0.5 * np.sin(2 * np.pi * (self._bands * rows + self._beat * seconds))
        light = (1.0 - self._depth * wave)[:, None, None]
        return np.asarray(image * light, np.uint8)

    def key(self, seconds: float) -> str | None:
        """Return None, because no two images are equal."""
        return None


PLUGIN = Flicker
