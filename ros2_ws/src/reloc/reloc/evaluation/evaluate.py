"""Run a localizer over frames, one after the other as a robot would, and compare with the truth."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reloc.datatypes import Answer, Candidate, Float64, Localized, Lost, LostReason, Query
from reloc.errors import CameraError, ImageError, SourceError
from reloc.evaluation.cameras import CameraChoice
from reloc.evaluation.outcome import Errors, Outcome
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame

Localize = Callable[[Query], Answer]
Retrieve = Callable[[Query], Candidate | None]


@dataclass(frozen=True, slots=True)
class Run:
    """Every outcome, in order, and which cameras the queries were given, in words."""

    outcomes: tuple[Outcome, ...]
    camera: str


def run(
    localize: Localize,
    frames: Sequence[SourceFrame],
    reference_map: ReferenceMap,
    cameras: CameraChoice,
    *,
    retrieve: Retrieve | None = None,
    warm_up: int = 3,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
) -> Run:
    """Answer every frame.

    A frame that cannot be read, or on which the localizer fails, is Lost with a reason; the run goes on.

    Args:
        retrieve: gives the first retrieved reference, for the baseline; asked only where the truth is known.
        warm_up: so many of the first frames are answered once before anything is timed, since first calls
            allocate and page the map in. They are then answered again like all others.
        on_outcome: called after each frame, for progress.
    """
    for frame in frames[:warm_up]:
        _answer(localize, frame, cameras)
    outcomes = []
    origins: Counter[str] = Counter()
    for frame in frames:
        answer, ms, query, origin = _answer(localize, frame, cameras)
        first = retrieve(query) if retrieve and query and frame.world_from_cam is not None else None
        outcome = Outcome(
            name=frame.name,
            answer=answer,
            ms=ms,
            references=tuple(reference_map.names[c.index] for c in answer.references),
            world_from_true=frame.world_from_cam,
            errors=_errors(answer, frame.world_from_cam),
            baseline=_baseline(first, reference_map, frame.world_from_cam),
            image_file=frame.image_file,
        )
        outcomes.append(outcome)
        origins.update([origin] if origin else [])
        on_outcome(outcome)
    return Run(tuple(outcomes), ", ".join(f"{name} ({n} frames)" for name, n in origins.most_common()) or "none")


def _answer(localize: Localize, frame: SourceFrame, cameras: CameraChoice) -> tuple[Answer, float, Query | None, str]:
    """The answer, its wall time in ms, the query (None where it could not be made) and the camera's origin."""
    try:
        image = frame.load_image()
        camera, origin = cameras.choose(image.shape[1], image.shape[0], frame.camera)
        query = Query(image, camera, frame.stamp_ns or 0)
    except (ImageError, SourceError, OSError) as error:
        return Lost(LostReason.BAD_IMAGE, str(error)), 0.0, None, ""
    except CameraError as error:
        return Lost(LostReason.BAD_CAMERA_INFO, str(error)), 0.0, None, ""
    start = time.perf_counter()
    try:
        answer = localize(query)
    except Exception as error:  # one bad frame must not cost the other thousand; the report lists it
        answer = Lost(LostReason.INTERNAL, f"{type(error).__name__}: {error}")
    return answer, (time.perf_counter() - start) * 1e3, query, origin


def _errors(answer: Answer, world_from_true: Float64 | None) -> Errors | None:
    if world_from_true is None or not isinstance(answer, Localized):
        return None
    return Errors.of_answer(answer, world_from_true)


def _baseline(first: Candidate | None, reference_map: ReferenceMap, world_from_true: Float64 | None) -> Errors | None:
    if first is None or world_from_true is None:
        return None
    return Errors.of_pose(reference_map.world_from_cam[first.index], world_from_true)
