"""The gate: an answer counts only when looks agree, with one another and with odometry.

One look can be wrong; that several wrong ones agree on the same place while the robot moves is far
less likely. A first fix, and any jump away from what odometry predicts (a kidnapping), therefore has to be
confirmed by further looks; a fix where odometry expects it passes at once. How near is near follows from the
answers' own covariances, between two limits: a network errs by decimetres and says so, key points by centimetres.

Nothing here knows ROS. Times are of the images, not of their arrival.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import radians

from reloc.config import param, validate
from reloc.datatypes import Answer, Float64, Localized, LostReason
from reloc.geometry.transforms import inverse
from reloc.trust.agreement import Sighting, difference, is_explained


class State(Enum):
    """What the robot may believe about its own place."""

    UNLOCALIZED = "unlocalized"  # no fix was ever accepted
    TRACKING = "tracking"  # vision and odometry agree
    SUSPECT = "suspect"  # they disagree: carried, or a wrong answer; not yet decided
    LOST = "lost"  # no accepted fix for a while
    RELOCALIZING = "relocalizing"  # first looks agree after being lost or unlocalized, more are needed


@dataclass(frozen=True, slots=True)
class GateConfig:
    """How much agreement an answer needs."""

    looks: int = param(3, "Answers that must agree before a first fix or a jump is accepted", ge=1, le=50)
    look_window_s: float = param(3.0, "Looks older than this no longer count", unit="s", ge=0.1, le=60.0)
    agree_m: float = param(0.3, "Two looks agree when nearer than this, and", unit="m", ge=0.0, le=10.0)
    agree_deg: float = param(8.0, "turned less than this; or as far as their covariances explain (99 %)",
                             unit="deg", ge=0.0, le=180.0)  # fmt: skip
    max_agree_m: float = param(1.5, "Farther apart than this they never agree, nor", unit="m", ge=0.0, le=100.0)
    max_agree_deg: float = param(30.0, "turned more than this, however unsure they are", unit="deg", ge=0.0, le=180.0)
    drift: float = param(0.1, "Odometry's error a metre travelled; widens what agrees", ge=0.0, le=1.0)
    max_speed: float = param(2.0, "Fastest motion believed without odometry", unit="m/s", ge=0.0, le=50.0)
    max_turn_deg: float = param(120.0, "Fastest turn believed without odometry, a second", unit="deg", ge=0.0)
    lost_after_s: float = param(1.0, "LOST after so long without an accepted fix", unit="s", ge=0.05, le=60.0)

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True, slots=True, eq=False)
class Verdict:
    """What came of one answer."""

    state: State
    accepted: bool  # publish it
    answer: Answer
    world_from_odom: Float64 | None  # (4, 4) of the last accepted fix; None before the first or without odometry
    reject_reason: str = ""  # a LostReason's value, empty where accepted
    detail: str = ""


class Gate:
    """Feed it every answer in the order of the images' stamps."""

    def __init__(self, config: GateConfig | None = None) -> None:
        self.config = config or GateConfig()
        self.reset()

    def reset(self) -> None:
        """Forget everything: as on the first day."""
        self._fix: Sighting | None = None  # the last accepted one
        self._looks: list[Sighting] = []  # those that agree with one another but not with the fix
        self._last_ns: int | None = None
        self._suspect = False

    @property
    def state(self) -> State:
        """State after the last answer."""
        if self._looks and (self._fix is None or self._is_overdue()):
            return State.RELOCALIZING
        if self._fix is None:
            return State.UNLOCALIZED
        if self._is_overdue():
            return State.LOST
        return State.SUSPECT if self._suspect else State.TRACKING

    def consider(self, answer: Answer, odom_from_cam: Float64 | None, stamp_ns: int) -> Verdict:
        """Judge one answer.

        Args:
            answer: the localizer's.
            odom_from_cam: (4, 4) at the image's stamp; None where the robot has no odometry.
            stamp_ns: the image's stamp. One earlier than the last forgets everything: the clock was set back.
        """
        if self._last_ns is not None and stamp_ns < self._last_ns:
            self.reset()
        self._last_ns = stamp_ns
        oldest = stamp_ns - int(self.config.look_window_s * 1e9)
        self._looks = [look for look in self._looks if look.stamp_ns >= oldest]
        if not isinstance(answer, Localized):
            return self._verdict(answer, False, answer.reason.value, answer.detail)
        look = Sighting(stamp_ns, answer.world_from_cam, answer.covariance, odom_from_cam)
        if self._fix is not None and not self._is_overdue() and self._agree(self._fix, look):
            return self._accept(answer, look)
        # Each new look is compared with the newest only: small errors may add up, jumps may not.
        self._looks = [*self._looks, look] if self._looks and self._agree(self._looks[-1], look) else [look]
        if len(self._looks) >= self._needed(look):
            return self._accept(answer, look)
        self._suspect = self._fix is not None
        detail = f"Look {len(self._looks)} of {self._needed(look)} that must agree"
        return self._verdict(answer, False, LostReason.INCONSISTENT.value, detail)

    def _needed(self, look: Sighting) -> int:
        """Fewer looks where the first of them already agrees with the last fix: only time has passed."""
        known = self._fix is not None and self._agree(self._fix, look)
        return min(2, self.config.looks) if known else self.config.looks

    def _accept(self, answer: Localized, look: Sighting) -> Verdict:
        self._fix, self._looks, self._suspect = look, [], False
        return self._verdict(answer, True)

    def _verdict(self, answer: Answer, accepted: bool, reason: str = "", detail: str = "") -> Verdict:
        fix = self._fix
        world_from_odom = None
        if fix is not None and fix.odom_from_cam is not None:
            world_from_odom = fix.world_from_cam @ inverse(fix.odom_from_cam)
        return Verdict(self.state, accepted, answer, world_from_odom, reason, detail)

    def _is_overdue(self) -> bool:
        if self._fix is None or self._last_ns is None:
            return False
        return self._last_ns - self._fix.stamp_ns > self.config.lost_after_s * 1e9

    def _agree(self, before: Sighting, after: Sighting) -> bool:
        """Whether the motion between two looks is the one that odometry saw, or a possible one without it."""
        config = self.config
        off = difference(before, after)
        seconds = (after.stamp_ns - before.stamp_ns) * 1e-9
        if off.travelled_m is None:
            slack_m, slack_deg = config.max_speed * seconds, config.max_turn_deg * seconds
        else:
            slack_m, slack_deg = config.drift * off.travelled_m, 0.0
        near_deg, far_deg = radians(config.agree_deg), radians(config.max_agree_deg)
        return is_explained(
            off.position, off.covariance[:3, :3], slack_m, config.agree_m, config.max_agree_m
        ) and is_explained(off.rotation, off.covariance[3:, 3:], radians(slack_deg), near_deg, far_deg)
