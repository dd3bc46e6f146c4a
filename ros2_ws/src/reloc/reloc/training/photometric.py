"""Change light, exposure and camera processing of an image while its pose stays."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.datatypes import Float64, UInt8

GAIN = 0.25  # largest absolute exponent of e in the factor of exposure
TINT = 0.08  # largest change of each channel's factor
GAMMA = 0.25
CONTRAST = 0.25
BLURRED = 0.3  # share of the images that are blurred; some of the others get noise
NOISY = 0.3
BLUR_PX, NOISE = 1.2, 8.0  # at most, in pixels and gray levels


def vary(image: UInt8, random: np.random.Generator) -> UInt8:
    """Return a copy of ``image`` (H, W, 3) RGB under other light, sometimes blurred or noisy."""
    varied: UInt8 = np.asarray(cv2.LUT(image, curves(random)), dtype=np.uint8)
    if random.random() < BLURRED:
        sigma = float(random.uniform(0.3, BLUR_PX))
        varied = np.asarray(cv2.GaussianBlur(varied, (0, 0), sigma), dtype=np.uint8)
    if random.random() < NOISY:
        grain = random.standard_normal(image.shape[:2], dtype=np.float32) * random.uniform(1.0, NOISE)
        varied = np.clip(varied + grain[..., None], 0, 255).astype(np.uint8)
    return varied


def curves(random: np.random.Generator) -> UInt8:
    """Return (1, 256, 3) the new value of each gray level of each channel."""
    level: Float64 = np.linspace(0.0, 1.0, 256)
    exposed = np.exp(random.uniform(-GAIN, GAIN)) * level ** np.exp(random.uniform(-GAMMA, GAMMA))
    middle = float(random.uniform(0.35, 0.6))
    exposed = middle + (exposed - middle) * (1.0 + random.uniform(-CONTRAST, CONTRAST))
    tinted = exposed[:, None] * (1.0 + random.uniform(-TINT, TINT, 3))
    return np.asarray(np.clip(255.0 * tinted, 0, 255)[None], dtype=np.uint8)
