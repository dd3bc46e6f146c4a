"""Augment CamNet's training images (paper, 4.2): flip, blur, and color changes by up to 0.4."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.datatypes import Float64, UInt8

BLUR_PX = 1.5
MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


def mirrored(images: UInt8, world_from_cam: Float64) -> tuple[UInt8, Float64]:
    """Return a mirrored place: (N, H, W, 3) left for right, and matching poses (N, 4, 4).

    A mirrored image with its old pose would be wrong. So the whole world is mirrored, x for -x, and each camera in
    itself: M T M. Overlaps and angles between views stay. The camera's principal point must be in the middle.
    """
    return np.ascontiguousarray(images[:, :, ::-1]), MIRROR @ world_from_cam @ MIRROR


def vary(image: UInt8, random: np.random.Generator, jitter: float, blur: float) -> UInt8:
    """Return (H, W, 3) RGB in other colors: brightness, contrast and saturation times 1 - jitter to 1 + jitter, and
    blurred.

    Args:
        blur: probability, 0 to 1.
    """
    brightness, contrast, saturation = 1.0 + random.uniform(-jitter, jitter, 3)
    x = image.astype(np.float32) * brightness
    x = x.mean() + contrast * (x - x.mean())
    gray = (x @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]
    x = gray + saturation * (x - gray)
    if random.random() < blur:
        x = np.asarray(cv2.GaussianBlur(x, (0, 0), float(random.uniform(0.3, BLUR_PX))), dtype=np.float32)
    return np.asarray(np.clip(x, 0.0, 255.0), dtype=np.uint8)
