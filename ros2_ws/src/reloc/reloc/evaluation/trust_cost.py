"""Measure which answers of a method verification and gate publish, which they refuse, and the time it takes.

Every query is a kidnapping: the gate starts without state. The robot drives on from the picture's place. For every
further picture the method's answer is the same, moved along with error-free odometry, like a method with the same error
everywhere. So a right answer is refused for itself, not for the answers after it. And no wrong answer is refused
because the next ones differ, which is the worst case.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any, Literal, cast

import numpy as np

from reloc.datatypes import Answer, Float64, Localized, Lost, Query
from reloc.engine import Engine
from reloc.evaluation.outcome import Errors
from reloc.geometry.pose_tolerance import is_wrong
from reloc.geometry.transforms import inverse, make, so3_exp
from reloc.localizers import Localizer
from reloc.relocalizer import Composition
from reloc.trust.verification import Verified

HZ, LOOKS = 10, 20
# Motion between two looks: 0.5 m/s and 30 deg/s. The camera moves along its axis and turns about its vertical one.
STEP = make(so3_exp(np.array([0.0, np.radians(3.0), 0.0])), np.array([0.0, 0.0, 0.05]))

Clock = Callable[[], float]
Result = Literal["right", "wrong", "lost"]


@dataclass(frozen=True, slots=True)
class JudgedQuery:
    """One query of known pose. Unknown values are NaN."""

    result: Result  # result of the method alone; wrong: an error of more than 0.5 m or 10 degrees
    error_m: float = math.nan  # position error of the method's answer
    error_deg: float = math.nan
    nees: float = math.nan
    published: Result = "lost"  # result of the published pose, which may be the verification's pose
    published_m: float = math.nan
    published_deg: float = math.nan
    published_nees: float = math.nan
    refused_by: Literal["", "verification", "gate"] = ""
    reason: str = ""  # why the method, the verification or the gate refused
    looks: int = 0  # until it was published
    bare_ms: float = math.nan  # time of the localizer alone
    added_ms: float = math.nan  # added to it while the robot's place is unknown
    tracking_ms: float = math.nan  # and while it is known

    def to_dict(self) -> dict[str, Any]:
        """Return it for JSON: NaN becomes None."""
        return {name: None if value != value else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> JudgedQuery:
        """Read the value of :meth:`to_dict`."""
        numbers: dict[str, Any] = {name: math.nan if value is None else value for name, value in values.items()}
        return cls(**numbers)


def judge(engine: Engine, query: Query, world_from_true: Float64, clock: Clock = time.perf_counter) -> JudgedQuery:
    """Run the method, then let the robot drive on until its answer is published, or for 2 s.

    Args:
        world_from_true: (4, 4) the query's camera.
        clock: returns seconds; use ``time.process_time`` if other work runs on the machine.
    """
    watch = _Watch(engine.localizer, clock)
    begun = clock()
    answer = replace(engine, localizer=cast(Localizer, watch)).localize(query)
    engine_ms = max(0.0, (clock() - begun) * 1e3 - watch.ms)
    if isinstance(answer, Lost):
        reason = f"{answer.reason.value}: {answer.detail}"
        return JudgedQuery("lost", reason=reason, bare_ms=watch.ms, added_ms=engine_ms)
    errors = Errors.of_answer(answer, world_from_true)
    judged = JudgedQuery(
        _result(answer, world_from_true), errors.translation_m, errors.rotation_deg, errors.nees, bare_ms=watch.ms
    )
    return _drive_on(_DrivenOn(engine, query, answer, clock), world_from_true, judged, engine_ms)


def _drive_on(source: _DrivenOn, world_from_true: Float64, judged: JudgedQuery, engine_ms: float) -> JudgedQuery:
    system, clock = Composition(source), source.clock
    start_from_cam, reason = np.eye(4), ""
    for look in range(LOOKS):
        begun = clock()
        stamp_ns = (1 + look) * 1_000_000_000 // HZ
        verdict = system.consider(start_from_cam, partial(_itself, start_from_cam), stamp_ns).verdict
        took_ms = engine_ms + (clock() - begun) * 1e3
        if judged.looks:
            # The check ran once, on this picture; a robot would repeat it on each picture.
            return replace(judged, tracking_ms=took_ms + (source.ms if source.asked else 0.0))
        if look == 0:
            judged = replace(judged, added_ms=took_ms)
        if verdict.accepted and isinstance(verdict.answer, Localized):
            out = moved(verdict.answer, inverse(start_from_cam))
            errors = Errors.of_answer(out, world_from_true)
            judged = replace(
                judged,
                published=_result(out, world_from_true),
                published_m=errors.translation_m,
                published_deg=errors.rotation_deg,
                published_nees=errors.nees,
                looks=look + 1,
            )
        reason = f"{verdict.reject_reason}: {verdict.detail}"
        start_from_cam = start_from_cam @ STEP
    return judged if judged.looks else replace(judged, refused_by=source.refused_by, reason=reason)


def moved(answer: Localized, cam_from_moved: Float64) -> Localized:
    """Return the answer of a camera at another pose, (4, 4) in the answer's frame. Its covariance stays."""
    return replace(answer, world_from_cam=answer.world_from_cam @ cam_from_moved)


def _result(answer: Localized, world_from_true: Float64) -> Result:
    return "wrong" if is_wrong(answer.world_from_cam, world_from_true) else "right"


def _itself(pose: Float64) -> Float64:
    return pose


class _DrivenOn:
    """An engine that repeats its answer to one picture at other poses: a query is its (4, 4) pose there.

    The answer is verified once, on its own picture.
    """

    def __init__(self, engine: Engine, query: Query, answer: Localized, clock: Clock) -> None:
        self.clock, self.ms = clock, 0.0  # milliseconds of the verification
        self.asked = False  # whether the current look was verified
        self._engine, self._query, self._answer = engine, query, answer
        self._found: Verified | Lost | None = None

    @property
    def verifies(self) -> bool:
        """Whether the engine verifies."""
        return self._engine.verifies

    @property
    def refused_by(self) -> Literal["verification", "gate"]:
        """Return who refuses an answer that the gate does not publish."""
        found = self._found.answer if isinstance(self._found, Verified) else self._found
        return "verification" if isinstance(found, Lost) else "gate"

    def localize(self, start_from_cam: Float64) -> Answer:
        """Return the answer, moved along."""
        self.asked = False
        return moved(self._answer, start_from_cam)

    def verify(self, start_from_cam: Float64, answer: Localized) -> Verified | Lost:
        """Return the verification's result for the answer, moved along."""
        self.asked = True
        if self._found is None:
            begun = self.clock()
            self._found = self._engine.verify(self._query, self._answer)
            self.ms = (self.clock() - begun) * 1e3
        found = self._found
        if isinstance(found, Lost) or isinstance(found.answer, Lost):
            return found
        refined = None if found.refined is None else moved(found.refined, start_from_cam)
        return replace(found, answer=moved(found.answer, start_from_cam), refined=refined)

    def glimpse(self, start_from_cam: Float64) -> None:
        """Return nothing: the picture stays the same, and only the pose moves along."""


class _Watch:
    """A localizer with a clock."""

    def __init__(self, localizer: Localizer, clock: Clock) -> None:
        self._localizer, self._clock = localizer, clock
        self.ms = 0.0

    def localize(self, query: Query) -> Answer:
        """Return its answer."""
        begun = self._clock()
        try:
            return self._localizer.localize(query)
        finally:
            self.ms = (self._clock() - begun) * 1e3
