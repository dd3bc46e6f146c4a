"""People who walk by."""

from __future__ import annotations

import cv2
import numpy as np

from reloc.datatypes import UInt8
from reloc.kidnap.disturbance import Disturbance
from reloc.kidnap.scenery import Scenery
from reloc.synth import patterns

_KINDS = ("stripes", "weave", "dots", "print")


class People(Disturbance):
    """One to three people in patterned clothes, a few meters away, at walking speed."""

    name = "people"
    about = "One to three people in patterned clothes walk through the image"

    def __init__(self, scenery: Scenery, random: np.random.Generator) -> None:
        super().__init__(scenery, random)
        self._people = [_Person(random) for _ in range(int(random.integers(1, 4)))]

    def image(self, image: UInt8, seconds: float) -> UInt8:
        """Return the image with people in front."""
        found = image.copy()
        for person in self._people:
            person.draw(found, seconds)
        return found

    def key(self, seconds: float) -> str | None:
        """Return None: people move, so no two images are equal."""
        return None


class _Person:
    """A head, and a body with a pattern."""

    def __init__(self, random: np.random.Generator) -> None:
        self._clothes = patterns.draw(str(random.choice(_KINDS)), random)
        self._skin = tuple(int(value) for value in random.uniform((140, 90, 60), (250, 200, 180)))
        self._tall = float(random.uniform(0.7, 1.3))  # height, as a share of the image's height
        self._start = float(random.uniform(-0.2, 1.2))  # first position, as a share of the image's width
        self._speed = float(random.choice([-1.0, 1.0]) * random.uniform(0.1, 0.5))  # shares of the width per second

    def draw(self, image: UInt8, seconds: float) -> None:
        """Paint over the image, in place."""
        height, width = image.shape[:2]
        middle = int(((self._start + self._speed * seconds + 0.3) % 1.6 - 0.3) * width)  # re-enters on the other side
        tall = self._tall * height
        head, top = int(0.07 * tall), int(height - 0.95 * tall)
        body = np.zeros((height, width), np.uint8)
        shoulder = (middle, top + int(0.2 * tall))
        cv2.ellipse(body, shoulder, (int(0.15 * tall), int(0.08 * tall)), 0, 0, 360, 255, -1)
        left, right = middle - int(0.14 * tall), middle + int(0.14 * tall)
        cv2.rectangle(body, (left, shoulder[1]), (right, height), 255, -1)
        size = max(8, int(0.35 * tall))
        cloth = cv2.resize(self._clothes, (size, size))
        rows, columns = np.nonzero(body)
        image[rows, columns] = cloth[(rows - top) % size, (columns - left) % size]
        cv2.ellipse(image, (middle, top + head), (head, int(1.3 * head)), 0, 0, 360, self._skin, -1, cv2.LINE_AA)


PLUGIN = People
