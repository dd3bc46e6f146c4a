"""Pictures to compare an exported graph with its network on: shapes of all sizes, blur, noise, some light."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.datatypes import UInt8

COUNT = 4
_SHAPES = 150


def pictures(width: int, height: int, count: int = COUNT, seed: int = 0) -> list[UInt8]:
    """Gray images (H, W), the same ones each time."""
    random = np.random.default_rng(seed)
    found = []
    for i in range(count):
        image = np.full((height, width), int(random.integers(60, 200)), np.uint8)
        for _ in range(_SHAPES):
            center = (int(random.integers(0, width)), int(random.integers(0, height)))
            size = (int(random.integers(4, 90)), int(random.integers(4, 90)))
            box = cv2.boxPoints((center, size, float(random.uniform(0, 90)))).astype(np.int32)
            cv2.fillPoly(image, [box], int(random.integers(0, 256)))
        light, noise = random.uniform(0.3, 1.0), random.normal(0.0, 1.0 + 2.0 * i, image.shape)
        blurred = cv2.GaussianBlur(image, (0, 0), 0.6 + 0.4 * i)
        found.append(np.clip(blurred * light + noise, 0, 255).astype(np.uint8))
    return found
