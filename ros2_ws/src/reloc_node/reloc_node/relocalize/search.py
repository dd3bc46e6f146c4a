"""The search of one goal: the results of its looks, and whether it has ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from reloc.datatypes import Localized, LostReason
from reloc.geometry.transforms import inverse
from reloc_node.outputs.seen import PublishedLook
from reloc_node.relocalize.wanted import Wanted

ROUNDING = 1e-7  # rounding error of a float32
# A Lost with one of these reasons means that no method ran on the image.
UNUSABLE = frozenset(
    reason.value
    for reason in (
        LostReason.BAD_IMAGE,
        LostReason.NO_CAMERA_INFO,
        LostReason.BAD_CAMERA_INFO,
        LostReason.CAMERA_MISMATCH,
    )
)


class Outcome(Enum):
    """The ways in which a goal ends. The names are the action's constants."""

    SUCCEEDED = "succeeded"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"
    NO_MAP = "no_map"
    NO_IMAGES = "no_images"
    OUTSIDE_REGION = "outside_region"
    INVALID_GOAL = "invalid_goal"
    NOT_CALIBRATED = "not_calibrated"
    SUPERSEDED = "superseded"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class End:
    """The end of a goal, with the reason as text."""

    outcome: Outcome
    reason: str = ""


class Search:
    """Count looks. It needs a new gate, made with ``wanted.gate_config``."""

    def __init__(self, wanted: Wanted, map_frame: str, now_s: float) -> None:
        """Start. ``now_s`` and all other times are seconds of one steady clock."""
        self.wanted, self.map_frame = wanted, map_frame
        self._began_s = now_s
        self.looks = 0
        self._usable = 0
        self.last: PublishedLook | None = None
        self.best: PublishedLook | None = None  # the accepted answer, or the one with most inliers

    def elapsed_s(self, now_s: float) -> float:
        """Return the seconds since the start."""
        return now_s - self._began_s

    def take(self, seen: PublishedLook) -> End | None:
        """Add a look. Return an end if this look decides the goal; otherwise None."""
        self.looks += 1
        self._usable += seen.status.reason not in UNUSABLE
        self.last = seen
        if seen.status.header.frame_id != self.map_frame:
            return End(Outcome.STOPPED, f"The map changed to one with the frame {seen.status.header.frame_id!r}")
        verdict = seen.look.verdict
        if verdict.accepted or self.best is None or seen.status.inliers > self.best.status.inliers:
            self.best = seen
        return self._decided(seen) if verdict.accepted else None

    def overdue(self, now_s: float) -> End | None:
        """Return an end if the timeout is over; otherwise None."""
        if self.elapsed_s(now_s) < self.wanted.timeout_s:
            return None
        time = f"{self.wanted.timeout_s:g} s"
        if self.last is None:
            return End(Outcome.NO_IMAGES, f"No image arrived in {time}: check the camera's topic and its remapping")
        status = self.last.status
        if not self._usable:
            detail = f"{status.reason}: {status.detail}"
            return End(
                Outcome.NO_IMAGES, f"{self.looks} images arrived in {time}, but none could be used; the last: {detail}"
            )
        if self.last.look.verdict.accepted:
            why = f"the certainty is only {status.certainty:.4g}, {self.wanted.certainty:.4g} was requested"
        else:
            why = f"the last look gave {status.reason}: {status.detail}"
        return End(Outcome.TIMED_OUT, f"Not certain enough after {time} and {self.looks} looks; {why}")

    def _decided(self, seen: PublishedLook) -> End | None:
        look = seen.look
        certainty, wanted = look.verdict.certainty, self.wanted.certainty
        if wanted > 0 and certainty is None:
            return End(Outcome.NOT_CALIBRATED, not_calibrated(seen.status.localizer))
        if certainty is not None and certainty < wanted - ROUNDING:
            return None
        if self.wanted.region is None:
            return End(Outcome.SUCCEEDED)
        if not isinstance(look.answer, Localized) or look.base_from_cam is None:
            return None
        map_from_base = look.answer.world_from_cam @ inverse(look.base_from_cam)
        if self.wanted.region.holds(map_from_base):
            return End(Outcome.SUCCEEDED)
        x, y = map_from_base[:2, 3]
        return End(
            Outcome.OUTSIDE_REGION, f"The robot is at x {x:.2f}, y {y:.2f} m in {self.map_frame}, outside the region"
        )


def not_calibrated(localizer: str, problem: str = "") -> str:
    """Return why there is no certainty and how to get it; ``problem`` is that of an existing calibration."""
    what = problem or f"run `reloc map calibrate MAP --localizer {localizer}`"
    return f"The certainty of {localizer} in this map is unknown: {what}; or request a required_certainty of 0"
