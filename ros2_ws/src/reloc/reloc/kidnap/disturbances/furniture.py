"""Furniture that was moved."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.datatypes import UInt8
from reloc.errors import ImageError
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.scenery import Frames, Scenery

_PATCHES = 3
_SIDE = (0.2, 0.4)  # range of a patch's sides, as shares of the image's


class Furniture(Disturbance):
    """Move furniture in a rendered world; in recordings, paste parts of other images.

    The pasted patches show real parts of the map at a wrong place, and move with the camera.
    """

    name = "furniture"
    about = "Furniture was moved; in recordings, patches from other images of the map cover a third of the image"

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        super().__init__(scenery, random)
        self._others = [scenery.anywhere(random) for _ in range(_PATCHES)]
        self._sides = random.uniform(*_SIDE, (_PATCHES, 2))
        self._from, self._to = random.random((2, _PATCHES, 2))

    def frames(self, before: Frames, after: Frames) -> Frames:
        """Return the same views of the rearranged world, if there is one."""
        moved = {
            known.name: other
            for drive, others in zip(self.scenery.drives, self.scenery.moved, strict=False)
            for known, other in zip(drive, others, strict=True)
        }
        return tuple(moved.get(frame.name, frame) for frame in after)

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Return the image with the patches."""
        if self.scenery.moved:
            return image
        found = image.copy()
        size = np.array(image.shape[:2])
        for place, side, source, target in zip(self._others, self._sides, self._from, self._to, strict=True):
            try:
                other = self.scenery.drives[place[0]][place[1]].load_image()
            except ImageError:
                continue
            tall, wide = (side * size).astype(int)
            y, x = ((size - (tall, wide)) * source).astype(int)
            v, u = ((size - (tall, wide)) * target).astype(int)
            fitted = other if other.shape == image.shape else cv2.resize(other, (image.shape[1], image.shape[0]))
            found[v : v + tall, u : u + wide] = fitted[y : y + tall, x : x + wide]
        return found

    def key(self, seconds: float) -> str | None:
        """Identify the image. In a rearranged world the frames' names differ already."""
        return "" if self.scenery.moved else None


PLUGIN = Furniture
