"""Wheel odometry that drifts: wrong wheel size, wrong track width, slip."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WheelDrift:
    """How wrong the wheels are."""

    scale: float = 1.025  # measured length over true length
    yaw_scale: float = 1.02  # measured turn over true turn
    yaw_per_metre: float = 0.018  # radians that the robot believes it turned for each metre driven straight
    noise: float = 0.03  # standard deviation of each step, as a share of it
    seed: int = 7


class WheelOdometry:
    """Adds up what the wheels say. It starts at zero: odometry knows nothing of the world."""

    def __init__(self, drift: WheelDrift) -> None:
        self._drift = drift
        self._rng = np.random.default_rng(drift.seed)
        self._last: Float64 | None = None
        self.pose = np.zeros(3)  # x, y, yaw in odom
        self.twist = np.zeros(2)  # m/s forwards, rad/s

    def step(self, true_pose: Float64, dt: float, wheels_turn: bool) -> Float64:
        """Go on to the next true pose (3,) after ``dt`` seconds; returns the odometry's pose (3,).

        ``wheels_turn`` is false while the robot is carried: then nothing is measured.
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
