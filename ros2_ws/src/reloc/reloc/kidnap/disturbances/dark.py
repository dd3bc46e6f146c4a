"""The light is off."""

from __future__ import annotations

import zlib

import numpy as np

from reloc.datatypes import UInt8
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.scenery import Scenery

_LIGHT = (0.25, 0.1, 0.04, 0.0)  # of what there was
_NOISE = 3.0  # of 255: a sensor's, which the dark does not hide


class Dark(Disturbance):
    """A quarter of the light, down to none of it, and the sensor's noise."""

    name = "dark"
    about = "A quarter of the light is left, or a tenth, or none; the sensor's noise is not less"
    recoverable = False

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        super().__init__(scenery, random)
        self._light = float(random.choice(_LIGHT))

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Darker."""
        noise = np.random.default_rng(zlib.crc32(image.tobytes()))  # the same for the same picture
        values = image * self._light + noise.normal(0.0, _NOISE, image.shape)
        return np.asarray(np.clip(values, 0.0, 255.0), np.uint8)

    def key(self, seconds: float) -> str | None:
        """By its light."""
        return f"{self._light}"


PLUGIN = Dark
