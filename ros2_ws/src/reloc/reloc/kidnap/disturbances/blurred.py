"""A camera that shakes, or is out of focus."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.datatypes import UInt8
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.scenery import Scenery

_SHARES = (0.006, 0.012, 0.025, 0.05)  # size of the blur, as shares of the image's width


class Blurred(Disturbance):
    """Defocus, or motion blur along a line."""

    name = "blurred"
    about = "The image is out of focus, or blurred by motion, by 0.6 to 5 % of its width"
    recoverable = False

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        super().__init__(scenery, random)
        self._share, self._moves = float(random.choice(_SHARES)), bool(random.random() < 0.5)

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Return the blurred image."""
        width = self._share * image.shape[1]
        if not self._moves:
            return np.asarray(cv2.GaussianBlur(image, (0, 0), max(0.3, width / 2)), np.uint8)
        return np.asarray(cv2.blur(image, (max(1, round(width)), 1)), np.uint8)

    def key(self, seconds: float) -> str | None:
        """Identify it by its strength."""
        return f"{self._share}/{self._moves}"


PLUGIN = Blurred
