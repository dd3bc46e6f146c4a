"""Use pictures of other buildings as camera images: cropped to the camera's shape, and panned like a moving robot."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from reloc import images
from reloc.datatypes import UInt8
from reloc.errors import SourceError
from reloc.geometry.cameras import Camera
from reloc.kidnap.scenery import Frames
from reloc.maps.source import SourceFrame
from reloc.synth.texture_library import SUFFIXES

LOOKS = 30  # images from one picture
_WINDOW = 0.8  # share of the picture that one image shows


def pictures_in(folders: Iterable[Path]) -> tuple[Path, ...]:
    """Return all picture files in folders and below, in order.

    Raises:
        SourceError: there is none.
    """
    given = tuple(folders)
    found = tuple(
        sorted(f for folder in given for f in folder.rglob("*") if f.suffix.lower() in SUFFIXES and f.is_file())
    )
    if not found:
        raise SourceError(f"There is no picture in {', '.join(str(f) for f in given)}", "Give folders of photographs")
    return found


def panned(file: Path, camera: Camera) -> Frames:
    """Return a drive past one picture. Its poses are outside the map."""
    return tuple(
        SourceFrame(f"{file.parent.name}/{file.name}/{i:02d}", partial(_window, file, camera, i / (LOOKS - 1)), camera)
        for i in range(LOOKS)
    )


def _window(file: Path, camera: Camera, along: float) -> UInt8:
    whole = fitted(images.load(file), camera)
    height, width = camera.height, camera.width
    tall, wide = round(height * _WINDOW), round(width * _WINDOW)
    x, y = round(along * (width - wide)), (height - tall) // 2
    return np.asarray(cv2.resize(whole[y : y + tall, x : x + wide], (width, height), interpolation=cv2.INTER_LINEAR))


def fitted(image: UInt8, camera: Camera) -> UInt8:
    """Return the middle of an image in the camera's shape and size."""
    height, width = image.shape[:2]
    share = min(width / camera.width, height / camera.height)
    wide, tall = max(1, round(camera.width * share)), max(1, round(camera.height * share))
    x, y = (width - wide) // 2, (height - tall) // 2
    interpolation = cv2.INTER_AREA if share > 1.0 else cv2.INTER_LINEAR
    return np.asarray(
        cv2.resize(image[y : y + tall, x : x + wide], (camera.width, camera.height), interpolation=interpolation)
    )
