"""Convert a run to the values of the figures: times of the tour, positions on the floor, errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.geometry.transforms import inverse
from reloc_demo.referee.judge import Judgement, corrected
from reloc_demo.referee.recording import Int64, Recording

Float64 = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Story:
    """The values of the figures. Positions are x, y in the world."""

    time: Float64  # (N,) times of the odometry messages, in seconds of the tour
    truth_xy: Float64  # (N, 2)
    carried: Bools  # (N,) whether the robot is being carried
    odometry_xy: Float64  # (N, 2) odometry, started at the true pose
    corrected_xy: Float64  # (N, 2) pose by TF; NaN if TF has expired
    published_time: Float64  # (M,)
    published_xy: Float64  # (M, 2)
    published_error: Float64  # (M,) meters
    kidnap_xy: tuple[tuple[Float64, Float64], ...]  # begin and end of each kidnap
    kidnap_time: tuple[tuple[float, float], ...]

    @property
    def odometry_error(self) -> Float64:
        """Position errors (N,) of odometry in meters."""
        return np.asarray(np.linalg.norm(self.odometry_xy - self.truth_xy, axis=1))

    @property
    def corrected_error(self) -> Float64:
        """Position errors (N,) by TF in meters; NaN if TF has expired."""
        return np.asarray(np.linalg.norm(self.corrected_xy - self.truth_xy, axis=1))

    @property
    def driven(self) -> float:
        """The driven distance in meters, without kidnaps."""
        steps = np.linalg.norm(np.diff(self.odometry_xy, axis=0), axis=1)
        return float(steps.sum())


def tell(recording: Recording, judgement: Judgement, start_ns: int) -> Story:
    """Return the values of a run."""
    odometry, truth = recording.odometry, recording.truth
    true = truth.pose[_nearest(truth.stamp_ns, odometry.stamp_ns)]
    begin = int(np.searchsorted(odometry.stamp_ns, start_ns))
    world_from_odom = true[begin] @ inverse(odometry.pose[begin])
    believed = corrected(odometry, recording.corrections)

    def xy_at(stamp_ns: int) -> Float64:
        return np.asarray(truth.pose[_nearest(truth.stamp_ns, np.array([stamp_ns]))[0], :2, 3])

    carried = np.zeros(len(odometry), np.bool_)
    for r in judgement.recoveries:
        carried |= (odometry.stamp_ns >= r.start_ns) & (odometry.stamp_ns < r.end_ns)
    return Story(
        time=seconds(odometry.stamp_ns, start_ns),
        truth_xy=true[:, :2, 3],
        carried=carried,
        odometry_xy=(world_from_odom @ odometry.pose)[:, :2, 3],
        corrected_xy=believed[:, :2, 3],
        published_time=seconds(np.array([j.stamp_ns for j in judgement.judged], np.int64), start_ns),
        published_xy=recording.answers.pose[:, :2, 3],
        published_error=np.array([j.error_m for j in judgement.judged]),
        kidnap_xy=tuple((xy_at(r.start_ns - 40_000_000), xy_at(r.end_ns + 40_000_000)) for r in judgement.recoveries),
        kidnap_time=tuple((r.kidnap.start, r.kidnap.end) for r in judgement.recoveries),
    )


def seconds(stamp_ns: Int64, start_ns: int) -> Float64:
    """Convert stamps to seconds of the tour."""
    return np.asarray((stamp_ns - start_ns) * 1e-9, np.float64)


def _nearest(stamps_ns: Int64, at_ns: Int64) -> Int64:
    after = np.clip(np.searchsorted(stamps_ns, at_ns), 1, len(stamps_ns) - 1)
    earlier = at_ns - stamps_ns[after - 1] < stamps_ns[after] - at_ns
    return np.asarray(after - earlier)
