"""Encoded images: PNG, JPEG and what else OpenCV reads."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
from support import folders

from fuzz.target import Target
from reloc import images


class Images(Target):
    """One image in each format, small."""

    name = "images"

    def seeds(self) -> Sequence[bytes]:
        """By format, and 16 bits."""
        pixels = folders.colour(0, 24, 16)
        found = [
            cv2.imencode(suffix, pixels)[1].tobytes() for suffix in (".png", ".jpg", ".bmp", ".tiff", ".webp", ".ppm")
        ]
        wide = cv2.imencode(".png", pixels.astype("uint16") * 257)[1].tobytes()
        return [*found, wide, cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1].tobytes()]

    def run(self, data: bytes) -> None:
        """Decode."""
        rgb = images.decode(data, "input")
        images.to_gray(rgb)
        images.resize_to(rgb, 12)


TARGET = Images()
