"""Change an image as between map and query. Equal images get equal changes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence

import cv2
import numpy as np

from reloc.datatypes import UInt8
from reloc.synth.motion_blur import streak

PASTED, SHARE = 4, 1.0 / 3.0  # number of photographs over an image, and the share of the image that they cover
Change = Callable[[UInt8], UInt8]


def dark(image: UInt8) -> UInt8:
    """Reduce the light to an eighth, without reducing the sensor's noise."""
    noise = _random(image).normal(0.0, 4.0, image.shape[:2])
    return np.clip(image * 0.125 + noise[..., None], 0, 255).astype(np.uint8)


def shaken(image: UInt8) -> UInt8:
    """Blur by a motion along 11 pixels."""
    kernel = streak(11, 5.0, _random(image).uniform(0, np.pi))
    return np.asarray(cv2.filter2D(image, -1, kernel), np.uint8)


def packed(image: UInt8) -> UInt8:
    """Compress as JPEG with quality 15, after changing the white balance to another camera's."""
    balanced = np.clip(image * np.array([1.25, 1.0, 0.7]), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", balanced[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 15])
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1])


def covered(photos: Sequence[UInt8]) -> Change:
    """Return a change that covers a third of the image with four photographs."""

    def change(image: UInt8) -> UInt8:
        random, out = _random(image), image.copy()
        height, width = image.shape[:2]
        side = np.sqrt(SHARE / PASTED)
        h, w = int(side * height), int(side * width)
        for quarter in range(PASTED):  # one in each quarter, so that they do not cover each other
            photo = cv2.resize(photos[int(random.integers(len(photos)))], (w, h))
            v = int(random.integers(0, height // 2 - h + 1)) + quarter // 2 * (height // 2)
            u = int(random.integers(0, width // 2 - w + 1)) + quarter % 2 * (width // 2)
            out[v : v + h, u : u + w] = photo
        return out

    change.__name__ = "covered"
    return change


def _random(image: UInt8) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(np.ascontiguousarray(image).tobytes()))
