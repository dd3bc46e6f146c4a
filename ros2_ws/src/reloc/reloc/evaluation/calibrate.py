"""Calibrate a method in a map: test it leave-one-out, and on what the map does not show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import length_hint

import numpy as np

from reloc.config import param, to_mapping, validate
from reloc.datatypes import Float64, Localized, Query
from reloc.engine import Engine
from reloc.errors import CalibrationError, ImageError
from reloc.evaluation.made_pictures import PICTURE_KINDS, made_pictures
from reloc.evaluation.tried import Strange, Tried, ask, outcome, verified
from reloc.evaluation.wrong_answers import wrong_answers
from reloc.geometry.covariance import pose_error
from reloc.images import to_gray
from reloc.maps.attachments import bare_hash, model_hashes
from reloc.maps.progress import Progress, silent, track
from reloc.trust.calibration import covariance_scale
from reloc.trust.calibration.calibration import with_probabilities
from reloc.trust.calibration.hiding import HIDE_DEG, HIDE_M, almost_same, same_place
from reloc.trust.calibration.record import HIDDEN, STATED, CovarianceScale, Foreign, Record

Posed = tuple[Query, Float64]  # a query and its world_from_cam (4, 4)


@dataclass(frozen=True, slots=True)
class CalibrateConfig:
    """The amount of tests."""

    every: int = param(
        1,
        "Calibration localizes every N-th reference with that reference removed. Raising it is faster and less exact.",
        ge=1,
    )
    hide_m: float = param(
        HIDE_M,
        "A reference nearer to the query than this is removed too, unless it is turned further than "
        "hide_deg. Raising it makes the test harder.",
        unit="m",
        ge=0.0,
        le=100.0,
        expert=True,
    )
    hide_deg: float = param(
        HIDE_DEG,
        "A reference turned to the query by less than this is removed too, unless it is farther than "
        "hide_m. Raising it makes the test harder.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )
    hidden_every: int = param(
        4,
        "Every N-th tested reference is localized again with its whole place removed. Raising it is "
        "faster and tests fewer wrong answers.",
        ge=1,
        expert=True,
    )
    made: int = param(
        10,
        "Calibration generates this many images of each kind without a true pose: noise, walls, "
        "patterns. Raising it takes longer; 0 makes none.",
        ge=0,
        le=10000,
        expert=True,
    )
    seed: int = param(0, "This seeds the generated images.", ge=0, expert=True)

    def __post_init__(self) -> None:
        validate(self)


def references_to_try(engine: Engine) -> Sequence[int]:
    """Return the references that the method can be tested on: all, or those that it was not trained on.

    Raises:
        CalibrationError: it was trained on all of them, or does not say which.
    """
    localizer = engine.localizer
    if getattr(localizer, "leaves_out", False):
        return range(len(engine.reference_map))
    held_out: Sequence[int] = getattr(localizer, "held_out", ())
    if not held_out:
        raise CalibrationError(
            f"{localizer.name} was trained on {engine.reference_map.path}, and does not say which references "
            "were held out",
            "Give a separate drive with known poses: --queries PATH --source NAME; or export the model again, "
            "if it was trained on this map",
        )
    return held_out


def calibrate(
    engine: Engine,
    config: CalibrateConfig,
    queries: Iterable[Posed] = (),
    elsewhere: Iterable[tuple[str, Query]] = (),
    progress: Progress = silent,
    references: Sequence[int] | None = None,
) -> Record:
    """Test the method on all of them.

    Args:
        engine: without a calibration.
        queries: those of a drive with known poses.
        elsewhere: pictures that show no place of the map, each with its kind.
        references: to test leave-one-out; :func:`references_to_try` if not given.

    Raises:
        CalibrationError: see :func:`references_to_try`.
    """
    opened = engine.reference_map
    chosen = list(references_to_try(engine) if references is None else references)[:: config.every]
    can_hide = bool(getattr(engine.localizer, "leaves_out", False))
    tried, strange = [], dict[str, Strange]()
    random = np.random.default_rng(config.seed)
    for index in track(progress, "references", chosen):
        without = almost_same(opened, index, config.hide_m, config.hide_deg) if can_hide else ()
        query = _of_reference(engine, index, without)
        if query is not None:
            one = ask(engine, query, opened.world_from_cam[index], index)
            tried.append(one)
            _state_wrong(engine, query, one, strange, random)
    if can_hide:
        for index in track(progress, "hidden places", chosen[:: config.hidden_every]):
            _hide_place(engine, index, strange)
    count = length_hint(queries)
    for query, truth in track(progress, "queries", queries, count) if count else queries:
        one = ask(engine, query, truth)
        tried.append(one)
        _state_wrong(engine, query, one, strange, random)
    expected = config.made * len(PICTURE_KINDS) + length_hint(elsewhere)
    for kind, query in track(progress, "elsewhere", _foreign(engine, config, elsewhere), expected):
        strange.setdefault(kind, Strange()).count(ask(engine, query))
    return _record(engine, config, tried, strange)


def _foreign(
    engine: Engine, config: CalibrateConfig, elsewhere: Iterable[tuple[str, Query]]
) -> Iterator[tuple[str, Query]]:
    for kind, image, camera in made_pictures(engine.reference_map, config.made, config.seed):
        yield kind, Query(image if engine.wants == "rgb" else to_gray(image), camera)
    yield from elsewhere


def _of_reference(engine: Engine, index: int, without: tuple[int, ...]) -> Query | None:
    """Return a reference as a query with known key points; None if its image is missing."""
    opened = engine.reference_map
    try:
        image = opened.image(index)
    except ImageError:
        return None
    seen = image if engine.wants == "rgb" else to_gray(image)
    return Query(seen, opened.camera(index), without=without, features=opened.features(index))


def _state_wrong(
    engine: Engine, query: Query, one: Tried, strange: dict[str, Strange], random: np.random.Generator
) -> None:
    """Verify one wrong answer to a query whose right answer passed."""
    if engine.verifier is None or one.truth is None or not isinstance(one.answer, Localized):
        return
    made = list(wrong_answers(one.answer, one.truth, engine.reference_map, random))
    _, answer = made[int(random.integers(len(made)))]
    strange.setdefault(STATED, Strange()).count(verified(engine, query, answer, one.truth, one.reference))


def _hide_place(engine: Engine, index: int, strange: dict[str, Strange]) -> None:
    """Test a place that the method may not know. If it knows the place anyway, the test says nothing."""
    opened = engine.reference_map
    hidden = same_place(opened, opened.world_from_cam[index])
    query = _of_reference(engine, index, hidden) if len(hidden) < len(opened) else None
    if query is not None:
        one = ask(engine, query, opened.world_from_cam[index], index)
        if not one.is_right:
            strange.setdefault(HIDDEN, Strange()).count(one)


def _record(engine: Engine, config: CalibrateConfig, tried: list[Tried], strange: dict[str, Strange]) -> Record:
    opened, localizer = engine.reference_map, engine.localizer
    scale = _scale(tried)
    foreign = tuple(
        Foreign(kind, some.shown, some.answered, tuple(one.figures(scale) for one in some.passed))
        for kind, some in strange.items()
    )
    return with_probabilities(
        Record(
            method=localizer.name,
            map_hash=bare_hash(opened.manifest),
            verified=engine.verifier is not None,
            outcomes=tuple(outcome(opened, one, scale) for one in tried),
            foreign=foreign,
            scale=scale,
            parameters=to_mapping(localizer.config) if hasattr(localizer, "config") else {},
            models=model_hashes(opened.manifest),
            hide_m=config.hide_m,
            hide_deg=config.hide_deg,
        )
    )


def _scale(tried: Sequence[Tried]) -> CovarianceScale:
    right = [one for one in tried if one.is_right]
    driven = [one for one in right if one.reference < 0]
    own_drive = len(driven) >= covariance_scale.fewest_to_shrink()
    used = driven if own_drive else right
    answers = [(one.answer, one.truth) for one in used if isinstance(one.answer, Localized) and one.truth is not None]
    if not answers:
        return CovarianceScale()
    errors = np.array([pose_error(answer.world_from_cam, truth) for answer, truth in answers])
    return covariance_scale.fit(errors, np.array([answer.covariance for answer, _ in answers]), own_drive)
