"""Read the frames of a data set, and skip unreadable ones."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

from reloc.datatypes import UInt8
from reloc.errors import CameraError, ImageError, SourceError
from reloc.geometry.camera_choice import CameraChoice
from reloc.geometry.cameras import Camera
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame

Label = TypeVar("Label")


def readable(
    opened: ReferenceMap, frames: Iterable[tuple[Label, SourceFrame]]
) -> Iterator[tuple[Label, SourceFrame, UInt8, Camera]]:
    """Yield each frame with its label, image and camera. Print why other frames are left out."""
    cameras = CameraChoice(opened.camera(0))
    for label, frame in frames:
        try:
            image = frame.load_image()
            camera, _ = cameras.choose(image.shape[1], image.shape[0], frame.camera)
        except (CameraError, ImageError, SourceError, OSError) as error:
            print(f"{frame.name} is left out: {error}", file=sys.stderr)
            continue
        yield label, frame, image, camera
