"""Simulate wheel odometry that drifts: wrong wheel size, wrong track width, slip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WheelDrift:
    """Errors of the wheels."""

    scale: float = 1.025  # measured length / true length
    yaw_scale: float = 1.02  # measured turn / true turn
    yaw_per_metre: float = 0.018  # radians of false turn per meter driven straight
    noise: float = 0.03  # standard deviation of each step, as a share of the step
    seed: int = 7


class WheelOdometry:
    """Integrate the wheels' motion from zero."""

    def __init__(self, drift: WheelDrift) -> None:
        self._drift = drift
        self._rng = np.random.default_rng(drift.seed)
        self._last: Float64 | None = None
        self.pose = np.zeros(3)  # x, y, yaw in odom
        self.twist = np.zeros(2)  # m/s forward, rad/s

    def step(self, true_pose: Float64, dt: float, wheels_turn: bool) -> Float64:
        """Advance to the next true pose (3,) after ``dt`` seconds; return the odometry's pose (3,).

        ``wheels_turn`` is False while the robot is carried; then nothing is measured.
        """
        last, self._last = self._last, np.array(true_pose)
        self.twist = np.zeros(2)
        if last is None or not wheels_turn:
            return self.pose.copy()
        heading = (last[2] + true_pose[2]) / 2
        forwards = float(np.cos(heading) * (true_pose[0] - last[0]) + np.sin(heading) * (true_pose[1] - last[1]))
        turn = float(true_pose[2] - last[2])
        d, (slip, skid) = self._drift, 1 + self._drift.noise * self._rng.standard_normal(2)
        measured = forwards * d.scale * slip
        turned = turn * d.yaw_scale * skid + d.yaw_per_metre * abs(forwards)
        middle = self.pose[2] + turned / 2
        self.pose = self.pose + np.array([measured * np.cos(middle), measured * np.sin(middle), turned])
        self.twist = np.array([measured, turned]) / dt if dt > 0 else np.zeros(2)
        return self.pose.copy()
