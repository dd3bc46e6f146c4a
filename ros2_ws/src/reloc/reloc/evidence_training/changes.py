"""Change an image as between map and query, with random strength; kidnap/disturbances has further changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from reloc.datatypes import UInt8
from reloc.synth.motion_blur import streak

Random = np.random.Generator
Change = Callable[[UInt8, Random], UInt8]


def glare(image: UInt8, random: Random) -> UInt8:
    """Saturate a quarter or half of the image around a lamp, with a halo."""
    height, width = image.shape[:2]
    v, u = np.mgrid[:height, :width]
    away = np.hypot(u - random.uniform(0, width), v - random.uniform(0, height))
    halo = np.clip(5.0 - 4.0 * away / np.quantile(away, random.choice([0.25, 0.5])), 0.0, 1.0)
    return np.asarray(np.clip(image + 255.0 * halo[..., None], 0, 255), np.uint8)


def shaken(image: UInt8, random: Random) -> UInt8:
    """Blur by a motion of 1 to 3 % of the width, in any direction."""
    length = int(random.choice([0.01, 0.017, 0.023, 0.03]) * image.shape[1])
    kernel = streak(length, (length - 1) / 2, random.uniform(0, np.pi))
    return np.asarray(cv2.filter2D(image, -1, kernel), np.uint8)


def compressed(image: UInt8, random: Random) -> UInt8:
    """Compress as JPEG of low quality."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(random.choice([8, 15, 30]))])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def noisy(image: UInt8, random: Random) -> UInt8:
    """Add the noise of a sensor in little light."""
    return np.asarray(np.clip(image + random.normal(0, random.choice([8, 16, 30]), image.shape), 0, 255), np.uint8)


def pasted(photos: Sequence[UInt8]) -> Change:
    """Return a change that covers a fifth to half of the image with one to six photographs."""

    def change(image: UInt8, random: Random) -> UInt8:
        number, out = int(random.choice([1, 2, 4, 6])), image.copy()
        side = float(np.sqrt(random.choice([0.2, 1 / 3, 0.5]) / number))
        size = (int(side * image.shape[1]), int(side * image.shape[0]))
        for _ in range(number):
            _paste(out, np.asarray(cv2.resize(_one(photos, random), size), np.uint8), random)
        return out

    return change


def fragment(photos: Sequence[UInt8]) -> Change:
    """Return a change that leaves a part of the image, moved and scaled, in a photograph: other poses are wrong."""

    def change(image: UInt8, random: Random) -> UInt8:
        height, width = image.shape[:2]
        out = np.asarray(cv2.resize(_one(photos, random), (width, height)), np.uint8)
        share = random.uniform(0.25, 0.6)
        h, w = int(share * height), int(share * width)
        v, u = int(random.integers(0, height - h + 1)), int(random.integers(0, width - w + 1))
        scale = random.uniform(0.7, 1.2)
        size = (max(8, min(width, int(scale * w))), max(8, min(height, int(scale * h))))
        _paste(out, np.asarray(cv2.resize(image[v : v + h, u : u + w], size), np.uint8), random)
        return out

    return change


def mirrored(image: UInt8, random: Random) -> UInt8:
    """Mirror the image: other poses are wrong."""
    return np.ascontiguousarray(image[:, ::-1])


def _one(photos: Sequence[UInt8], random: Random) -> UInt8:
    return photos[int(random.integers(len(photos)))]


def _paste(out: UInt8, part: UInt8, random: Random) -> None:
    """Paste a part anywhere into an image, in place."""
    v = int(random.integers(0, out.shape[0] - part.shape[0] + 1))
    u = int(random.integers(0, out.shape[1] - part.shape[1] + 1))
    out[v : v + part.shape[0], u : u + part.shape[1]] = part
