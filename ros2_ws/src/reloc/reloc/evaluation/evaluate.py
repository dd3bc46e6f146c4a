"""Run a localizer over frames, one after the other as on a robot, and compare with the ground truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from reloc.datatypes import Candidate, Localized, Query
from reloc.evaluation.answering import Answered, Localize, answer_frame
from reloc.evaluation.outcome import Errors, QueryOutcome
from reloc.geometry.camera_choice import CameraChoice
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame

Retrieve = Callable[[Query], Candidate | None]


@dataclass(frozen=True, slots=True)
class EvaluationRun:
    """Every outcome in order, and a description of the queries' cameras."""

    outcomes: tuple[QueryOutcome, ...]
    camera: str


def run(
    localize: Localize,
    frames: Sequence[SourceFrame],
    reference_map: ReferenceMap,
    cameras: CameraChoice,
    *,
    retrieve: Retrieve | None = None,
    warm_up: int = 3,
    on_outcome: Callable[[QueryOutcome], None] = lambda outcome: None,
) -> EvaluationRun:
    """Answer every frame.

    A frame that cannot be read, or on which the localizer fails, is Lost with a reason; the run continues.

    Args:
        retrieve: returns the first retrieved reference, for the baseline; called only if the truth is known.
        warm_up: number of first frames that are answered once before timing, because first calls allocate memory and
            load the map. They are then answered again like all others.
        on_outcome: called after each frame, to show progress.
    """
    for frame in frames[:warm_up]:
        answer_frame(localize, frame, cameras)
    outcomes = []
    origins: Counter[str] = Counter()
    for frame in frames:
        answered = answer_frame(localize, frame, cameras)
        outcome = _outcome(frame, answered, reference_map, retrieve)
        outcomes.append(outcome)
        origins.update([answered.camera_origin] if answered.camera_origin else [])
        on_outcome(outcome)
    return EvaluationRun(
        tuple(outcomes), ", ".join(f"{name} ({n} frames)" for name, n in origins.most_common()) or "none"
    )


def _outcome(
    frame: SourceFrame, answered: Answered, reference_map: ReferenceMap, retrieve: Retrieve | None
) -> QueryOutcome:
    answer, true = answered.answer, frame.world_from_cam
    first = retrieve(answered.query) if retrieve and answered.query and true is not None else None
    return QueryOutcome(
        name=frame.name,
        answer=answer,
        ms=answered.ms,
        references=tuple(reference_map.names[c.index] for c in answer.references),
        world_from_true=true,
        errors=Errors.of_answer(answer, true) if isinstance(answer, Localized) and true is not None else None,
        baseline=Errors.of_pose(reference_map.world_from_cam[first.index], true)
        if first and true is not None
        else None,
        load_image=frame.load_image,
    )
