"""Change an image while its points stay in place: light, camera, blur, and objects in front.

The robot's images differ from the map's: other lamps are on, the exposure differs, the camera shakes, people walk by.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, UInt8
from reloc.synth.motion_blur import streak

LEFT_ALONE = 0.15  # share of images that stay unchanged
LIT, SHAKEN, BLURRED, NOISY, PACKED = 0.4, 0.2, 0.2, 0.5, 0.3  # shares of the changed images
GAMMA, CONTRAST, BRIGHTNESS = 0.7, 0.4, 50.0  # largest changes: exponent of e, share, gray levels
DARKEST = 0.08  # lowest factor on the light
NOISE = 14.0  # gray levels at most
SHAKE_PX, BLUR_PX = 7, 1.6
PIECES, PIECE = 4, (0.15, 0.45)  # most pieces in front of a view, and their sides as shares of the image's


def change(gray: UInt8, random: np.random.Generator) -> UInt8:
    """Return a changed copy (H, W) of an image; ``random`` draws the changes."""
    if random.random() < LEFT_ALONE:
        return gray
    image = gray.astype(np.float32)
    if random.random() < LIT:
        image = image * _light(gray.shape, random)
    image = 255.0 * (np.clip(image, 0, 255) / 255.0) ** np.float32(np.exp(random.uniform(-GAMMA, GAMMA)))
    if random.random() < SHAKEN:
        image = _shaken(image, random)
    elif random.random() < BLURRED:
        image = np.asarray(cv2.GaussianBlur(image, (0, 0), float(random.uniform(0.4, BLUR_PX))), np.float32)
    factor = float(np.exp(random.uniform(-CONTRAST, CONTRAST)))
    if random.random() < 0.25:
        factor *= float(np.exp(random.uniform(np.log(DARKEST), 0.0)))  # then noise is a large part of the image
    middle = float(image.mean())
    image = middle * min(1.0, factor) + factor * (image - middle) + random.uniform(-BRIGHTNESS, BRIGHTNESS) * factor
    if random.random() < NOISY:
        grain = random.standard_normal(gray.shape, np.float32)
        image = image + grain * np.float32(random.uniform(0.5, NOISE) * max(0.25, min(1.0, factor)))
    changed = np.clip(image, 0, 255).astype(np.uint8)
    if random.random() < PACKED:
        _, packed = cv2.imencode(".jpg", changed, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(12, 60))])
        changed = np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
    return changed


def _light(shape: tuple[int, ...], random: np.random.Generator) -> Float32:
    """Return smooth factors (H, W) of a lamp or a shadow."""
    coarse = np.exp(random.uniform(-0.9, 0.5, (int(random.integers(2, 5)), int(random.integers(2, 5))))).astype(
        np.float32
    )
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), np.float32).clip(0.15, 2.5)


def _shaken(image: Float32, random: np.random.Generator) -> Float32:
    """Blur along a line, like a camera that moves while the shutter is open."""
    side = 2 * SHAKE_PX + 1
    length, angle = float(random.uniform(1.0, SHAKE_PX)), float(random.uniform(0, np.pi))
    return np.asarray(cv2.filter2D(image, -1, streak(side, length / 2, angle)), np.float32)


def covered(gray: UInt8, covers: Sequence[UInt8], random: np.random.Generator) -> tuple[UInt8, NDArray[np.bool_]]:
    """Put pieces of other images, each shrunk by itself, in front of an image.

    Args:
        gray: (H, W) the image.
        covers: images, each of at least (H, W), that one piece each is cut from.
        random: draws the pieces.

    Returns:
        The image, and (H, W) whether a pixel is covered.
    """
    image, hidden, (height, width) = gray.copy(), np.zeros(gray.shape, np.bool_), gray.shape
    for cover in covers:
        h, w = (int(random.uniform(*PIECE) * side) for side in (height, width))
        shrink = float(random.uniform(max(PIECE), 1.0))
        tall, broad = int(h / shrink), int(w / shrink)
        top, left = (int(random.integers(n - m + 1)) for n, m in zip(cover.shape, (tall, broad), strict=True))
        piece = cv2.resize(cover[top : top + tall, left : left + broad], (w, h), interpolation=cv2.INTER_AREA)
        top, left = int(random.integers(height - h)), int(random.integers(width - w))
        image[top : top + h, left : left + w] = piece
        hidden[top : top + h, left : left + w] = True
    return image, hidden
