"""The light is off."""

from __future__ import annotations

import zlib

import numpy as np

from reloc.datatypes import UInt8
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.scenery import Scenery

_LIGHT = (0.25, 0.1, 0.04, 0.0)  # remaining shares of the light
_NOISE = 3.0  # standard deviation of the sensor's noise, gray levels; darkness does not reduce it


class Dark(Disturbance):
    """Reduce the light to a quarter or less, down to none, and add the sensor's noise."""

    name = "dark"
    about = "A quarter, a tenth or none of the light is left; the sensor's noise stays"
    recoverable = False

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        super().__init__(scenery, random)
        self._light = float(random.choice(_LIGHT))

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Return the darker image."""
        noise = np.random.default_rng(zlib.crc32(image.tobytes()))  # equal images get equal noise
        values = image * self._light + noise.normal(0.0, _NOISE, image.shape)
        return np.asarray(np.clip(values, 0.0, 255.0), np.uint8)

    def key(self, seconds: float) -> str | None:
        """Identify the image by its light."""
        return f"{self._light}"


PLUGIN = Dark
