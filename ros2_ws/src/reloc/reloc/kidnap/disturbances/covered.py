"""A hand, a curtain or dirt in front of the camera."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.datatypes import UInt8
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.scenery import Scenery

_SHARES = (0.35, 0.6, 0.85, 1.0)  # covered shares of the image


class Covered(Disturbance):
    """Cover a third of the image up to all of it, from one side. The cover's edge is blurred, because it is near."""

    name = "covered"
    about = "An object in front of the camera hides a third of the image up to all of it"
    recoverable = False

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        super().__init__(scenery, random)
        self._share = float(random.choice(_SHARES))
        self._side = int(random.integers(4))
        self._colour = random.uniform(5.0, 120.0, 3)

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Return the covered image."""
        turned = np.rot90(image, self._side)
        height, width = turned.shape[:2]
        edge = np.arange(width) < self._share * width
        mask = np.broadcast_to(edge.astype(np.float32), (height, width))
        soft = cv2.GaussianBlur(np.ascontiguousarray(mask), (0, 0), 0.02 * width) if self._share < 1.0 else mask
        mixed = turned * (1.0 - soft[..., None]) + self._colour * soft[..., None]
        return np.ascontiguousarray(np.rot90(mixed, -self._side).astype(np.uint8))

    def key(self, seconds: float) -> str | None:
        """Identify the image by its cover, including the cover's color."""
        return f"{self._share}/{self._side}/{self._colour.tolist()}"


PLUGIN = Covered
