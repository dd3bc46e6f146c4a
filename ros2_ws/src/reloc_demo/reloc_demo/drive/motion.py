"""Chain motions of a robot on the floor to a trajectory: drive, turn, wait, be carried.

Poses are (x, y, yaw) of the robot's base in the world, in meters and radians.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RobotPace:
    """The robot's speed limits."""

    speed: float = 0.8  # m/s
    yaw_rate: float = 1.2  # rad/s
    acceleration: float = 0.8  # m/s^2


@dataclass(frozen=True, slots=True)
class Drive:
    """Drive a smooth curve through points on the floor; the robot first turns into its direction."""

    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """Turn on the spot by an angle (positive is left)."""

    by_deg: float


@dataclass(frozen=True, slots=True)
class Wait:
    """Stand still."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Kidnap:
    """Be carried by a person: the wheels stand still, and the camera may be covered."""

    name: str
    to: tuple[float, float, float]  # x, y, yaw_deg
    covered_seconds: float = 0.0  # time with a covered camera; 0: the kidnap takes place between two frames


Step = Drive | Turn | Wait | Kidnap


@dataclass(frozen=True, slots=True)
class KidnapSpan:
    """The time of a kidnap."""

    name: str
    start: float  # seconds of the trajectory
    end: float
    covered: bool


@dataclass(frozen=True, slots=True)
class DriveTrajectory:
    """A pose for every moment, and the kidnaps."""

    time: Float64  # (N,) seconds, from 0, not decreasing
    pose: Float64  # (N, 3) x, y, yaw; yaw is unwrapped
    kidnaps: tuple[KidnapSpan, ...]

    @property
    def duration(self) -> float:
        """Duration in seconds."""
        return float(self.time[-1])

    def at(self, t: float) -> Float64:
        """Return the pose (3,) at a time. It is constant beyond both ends. At a jump it is the pose after the jump."""
        k = int(np.clip(np.searchsorted(self.time, t, side="right") - 1, 0, len(self.time) - 1))
        if k == len(self.time) - 1 or self.time[k + 1] <= self.time[k]:
            return np.asarray(self.pose[k])
        f = (t - self.time[k]) / (self.time[k + 1] - self.time[k])
        return np.asarray(self.pose[k] + np.clip(f, 0, 1) * (self.pose[k + 1] - self.pose[k]))

    def covered(self, t: float) -> bool:
        """Return whether the camera is covered."""
        return any(k.covered and k.start <= t < k.end for k in self.kidnaps)

    def carried(self, start: float, end: float) -> bool:
        """Return whether a kidnap lies between two times; then the wheels did not cause the motion."""
        return any(k.start <= end and k.end > start for k in self.kidnaps)

    def stops(self, metres: float, degrees: float) -> list[float]:
        """Return times, from 0 on, between which the robot moves by ``metres`` or turns by ``degrees``."""
        times, last = [0.0], self.at(0.0)
        for t in np.arange(0.0, self.duration, 0.05):
            moved, turned = np.linalg.norm(self.at(t)[:2] - last[:2]), abs(self.at(t)[2] - last[2])
            if moved >= metres or turned >= np.deg2rad(degrees):
                times.append(float(t))
                last = self.at(t)
        return times


def follow(start: tuple[float, float, float], steps: tuple[Step, ...], pace: RobotPace) -> DriveTrajectory:
    """Chain steps, starting at ``start`` (x, y, yaw_deg)."""
    time, pose = [0.0], [np.array([start[0], start[1], np.deg2rad(start[2])])]
    kidnaps: list[KidnapSpan] = []
    for step in steps:
        if isinstance(step, Drive):
            curve = _curve(pose[-1], step.points)
            turn = _wrap(float(curve[0, 2] - pose[-1][2]))
            _append(time, pose, *_turn(pose[-1], turn, pace))
            curve[:, 2] += pose[-1][2] - curve[0, 2]
            _append(time, pose, _schedule(curve, pace), curve)
        elif isinstance(step, Turn):
            _append(time, pose, *_turn(pose[-1], float(np.deg2rad(step.by_deg)), pace))
        elif isinstance(step, Wait):
            _append(time, pose, np.array([step.seconds]), pose[-1][None])
        else:
            kidnaps.append(_carry(time, pose, step))
    return DriveTrajectory(np.array(time), np.stack(pose), tuple(kidnaps))


def _append(time: list[float], pose: list[Float64], dt: Float64, poses: Float64) -> None:
    begin = time[-1]
    time.extend((begin + dt).tolist())
    pose.extend(poses)


def _carry(time: list[float], pose: list[Float64], step: Kidnap) -> KidnapSpan:
    begin, there = time[-1], np.array([step.to[0], step.to[1], np.deg2rad(step.to[2])])
    there[2] = pose[-1][2] + _wrap(float(there[2] - pose[-1][2]))
    end = begin + step.covered_seconds
    time.append(end)
    pose.append(there)
    return KidnapSpan(step.name, begin, end, step.covered_seconds > 0)


def _turn(pose: Float64, by: float, pace: RobotPace) -> tuple[Float64, Float64]:
    """Turn on the spot smoothly: return times and poses without the first."""
    count = max(2, int(abs(by) / 0.05))
    f = np.linspace(0, 1, count + 1)[1:]
    # The highest rate of a raised cosine is pi / 2 times its mean.
    seconds = abs(by) / pace.yaw_rate * np.pi / 2
    poses = np.repeat(pose[None], count, axis=0)
    poses[:, 2] += by * f
    return seconds * np.arccos(1 - 2 * f) / np.pi, poses


def _curve(start: Float64, points: tuple[tuple[float, float], ...]) -> Float64:
    """Return poses (N, 3) every centimeter along a spline, heading along it."""
    knots = np.concatenate([start[None, :2], np.array(points)])
    chord = np.concatenate([[0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(knots, axis=0), axis=1)))])
    spline = CubicSpline(chord, knots, bc_type="natural")
    fine = spline(np.linspace(0, chord[-1], 4000))
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(fine, axis=0), axis=1))])
    s = np.linspace(0, length[-1], max(3, int(length[-1] / 0.01)))
    xy = np.stack([np.interp(s, length, fine[:, axis]) for axis in (0, 1)], 1)
    step = np.gradient(xy, axis=0)
    return np.column_stack([xy, np.unwrap(np.arctan2(step[:, 1], step[:, 0]))])


def _schedule(curve: Float64, pace: RobotPace) -> Float64:
    """Return the time of each pose of a curve: limited by speed, yaw rate and acceleration."""
    ds = np.linalg.norm(np.diff(curve[:, :2], axis=0), axis=1)
    turn = np.abs(np.diff(curve[:, 2])) / np.maximum(ds, 1e-9)
    limit = np.minimum(pace.speed, pace.yaw_rate / np.maximum(turn, 1e-6))
    speed = np.concatenate([[0.05], np.minimum(limit[:-1], limit[1:]), [0.05]])
    for order in (range(1, len(speed)), range(len(speed) - 2, -1, -1)):
        before = -1 if order.step == 1 else 1
        for k in order:
            gap = ds[k - 1] if before == -1 else ds[k]
            speed[k] = min(speed[k], np.sqrt(speed[k + before] ** 2 + 2 * pace.acceleration * gap))
    return np.concatenate([[0.0], np.cumsum(ds / ((speed[1:] + speed[:-1]) / 2))])


def _wrap(angle: float) -> float:
    return float((angle + np.pi) % (2 * np.pi) - np.pi)
