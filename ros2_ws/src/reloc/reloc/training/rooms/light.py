"""Change the light of a view of a world while its pose stays."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.datatypes import UInt8
from reloc.training import photometric

SATURATION = 0.5  # largest absolute exponent of e in the factor of saturation
# Share of images that are changed; the worlds' cameras differ already, and too much change turns images white.
RELIT = 0.6


def vary(image: UInt8, random: np.random.Generator) -> UInt8:
    """Change brightness, contrast and saturation as in the paper (V.A), and also tint, gamma, blur and noise."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None]
    factor = float(np.exp(random.uniform(-SATURATION, SATURATION)))
    coloured = np.clip(grey + factor * (image.astype(np.float32) - grey), 0, 255).astype(np.uint8)
    return photometric.vary(coloured, random) if random.random() < RELIT else coloured
