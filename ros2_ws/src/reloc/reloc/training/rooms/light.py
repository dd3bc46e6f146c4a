"""Other light for a view of a world: what changes in an image while its pose stays true."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.datatypes import UInt8
from reloc.training import photometric

SATURATION = 0.5  # e to plus or minus this
RELIT = 0.6  # share of images under other light: the worlds' own cameras differ already, and too much of both is white


def vary(image: UInt8, random: np.random.Generator) -> UInt8:
    """Brightness, contrast and saturation as in the paper (V.A), tint, gamma, blur and noise besides."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
    factor = float(np.exp(random.uniform(-SATURATION, SATURATION)))
    coloured = np.clip(grey + factor * (image.astype(np.float32) - grey), 0, 255).astype(np.uint8)
    return photometric.vary(coloured, random) if random.random() < RELIT else coloured
