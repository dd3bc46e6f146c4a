"""Judge a run: check each published pose, and measure the time to recover from each kidnap.

A published pose is a message on ``~/pose``. It is compared with the truth at its own stamp, which is its image's stamp.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.geometry.interpolation import interpolate_poses
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc_demo.drive.motion import KidnapSpan
from reloc_demo.referee.recording import Track

Float64 = NDArray[np.float64]

WRONG_M, WRONG_DEG = 0.5, 10.0


@dataclass(frozen=True, slots=True)
class Judged:
    """One published pose and its error."""

    stamp_ns: int
    received_ns: int
    error_m: float
    error_deg: float

    @property
    def wrong(self) -> bool:
        """Whether the error exceeds 0.5 m or 10 degrees, or there is no truth to compare with."""
        return not (self.error_m <= WRONG_M and self.error_deg <= WRONG_DEG)


@dataclass(frozen=True, slots=True)
class Recovery:
    """The time from a kidnap to the next one."""

    kidnap: KidnapSpan
    start_ns: int
    end_ns: int  # end of the kidnap: the robot drives by itself again
    first: Judged | None  # the first right pose that no wrong pose follows
    after: tuple[Judged, ...]  # the poses from ``first`` on

    @property
    def seconds(self) -> float:
        """Seconds from the end of the kidnap until the first right pose was received; infinite if there was none."""
        return np.inf if self.first is None else (self.first.received_ns - self.end_ns) * 1e-9


@dataclass(frozen=True, slots=True)
class Judgement:
    """The whole run."""

    judged: tuple[Judged, ...]
    recoveries: tuple[Recovery, ...]

    @property
    def wrong(self) -> tuple[Judged, ...]:
        """Wrong published poses."""
        return tuple(j for j in self.judged if j.wrong)

    @property
    def recovered(self) -> int:
        """Number of recovered kidnaps."""
        return sum(r.first is not None for r in self.recoveries)

    @property
    def passed(self) -> bool:
        """Whether the robot recovered from every kidnap, and no wrong pose was published."""
        return self.recovered == len(self.recoveries) and not self.wrong and bool(self.judged)

    @property
    def summary(self) -> str:
        """The demo's last line."""
        seconds = [r.seconds for r in self.recoveries if r.first is not None]
        median = float(np.median(seconds)) if seconds else np.nan
        worst_m = max((j.error_m for j in self.judged), default=np.nan)
        worst_deg = max((j.error_deg for j in self.judged), default=np.nan)
        count = f"{self.recovered}/{len(self.recoveries)}"
        return f"recovered {count}, median {median:.2f} s, worst error {worst_m:.3f} m {worst_deg:.2f} deg"


def judge(answers: Track, truth: Track, kidnaps: tuple[KidnapSpan, ...], start_ns: int) -> Judgement:
    """Judge all answers. ``start_ns`` is the begin of the tour. The kidnaps' times are relative to it."""
    judged = _compare(answers, truth)
    recoveries = []
    for k, kidnap in enumerate(kidnaps):
        begin, end = (start_ns + round(t * 1e9) for t in (kidnap.start, kidnap.end))
        until = start_ns + round(kidnaps[k + 1].start * 1e9) if k + 1 < len(kidnaps) else np.inf
        window = [j for j in judged if end <= j.stamp_ns < until]
        last_wrong = max((i for i, j in enumerate(window) if j.wrong), default=-1)
        after = tuple(window[last_wrong + 1 :])
        recoveries.append(Recovery(kidnap, begin, end, after[0] if after else None, after))
    return Judgement(judged, tuple(recoveries))


def _compare(answers: Track, truth: Track) -> tuple[Judged, ...]:
    # The truth is known at every image's stamp. It is not interpolated, because a kidnap may lie between two stamps.
    true, known = interpolate_poses(truth.stamp_ns, truth.pose, answers.stamp_ns, max_gap_s=0.0)
    out = []
    for k in range(len(answers)):
        error_m = distance_between(true[k], answers.pose[k]) if known[k] else np.inf
        error_deg = float(np.rad2deg(rotation_angle_between(true[k], answers.pose[k]))) if known[k] else np.inf
        out.append(Judged(int(answers.stamp_ns[k]), int(answers.received_ns[k]), error_m, error_deg))
    return tuple(sorted(out, key=lambda j: j.received_ns))


def corrected(odometry: Track, corrections: Track) -> Float64:
    """Return the pose of a robot that follows TF: world_from_base (N, 4, 4) at each odometry message.

    It composes the newest received map -> odom with odometry. The result is NaN if that transform has expired: TF is
    stamped ahead, and not repeated while the robot is lost.
    """
    out = np.full((len(odometry), 4, 4), np.nan)
    newest = np.searchsorted(corrections.received_ns, odometry.received_ns, side="right") - 1
    for k in range(len(odometry)):
        i = newest[k]
        if i >= 0 and corrections.stamp_ns[i] >= odometry.stamp_ns[k]:
            out[k] = corrections.pose[i] @ odometry.pose[k]
    return out
