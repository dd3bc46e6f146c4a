"""Answer and time one frame of a source."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from reloc.datatypes import Answer, Lost, LostReason, Query
from reloc.errors import CameraError, ImageError, SourceError
from reloc.geometry.camera_choice import STATED_BY, CameraChoice
from reloc.maps.source import SourceFrame

Localize = Callable[[Query], Answer]


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, its time and its query."""

    answer: Answer
    ms: float = 0.0  # wall time of localize() without decoding the image; 0 if it was not called
    query: Query | None = None  # None if it could not be made
    camera_origin: str = ""  # see geometry.camera_choice


def answer_frame(localize: Localize, frame: SourceFrame, cameras: CameraChoice) -> Answered:
    """Load the frame's image, choose its camera, and localize it. Any failure gives Lost with a reason."""
    try:
        image = frame.load_image()
        camera, origin = cameras.choose(image.shape[1], image.shape[0], frame.camera)
        query = Query(image, camera, frame.stamp_ns or 0, camera_stated=origin in STATED_BY)
    except (ImageError, SourceError, OSError) as error:
        return Answered(Lost(LostReason.BAD_IMAGE, str(error)))
    except CameraError as error:
        return Answered(Lost(LostReason.BAD_CAMERA_INFO, str(error)))
    start = time.perf_counter()
    try:
        answer = localize(query)
    except Exception as error:  # one bad frame must not end the run; the report lists it
        answer = Lost(LostReason.INTERNAL, f"{type(error).__name__}: {error}")
    return Answered(answer, (time.perf_counter() - start) * 1e3, query, origin)
