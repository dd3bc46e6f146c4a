"""Decide whether two looks agree on one place, given their covariances and the robot's motion in between."""

from __future__ import annotations

from dataclasses import dataclass
from math import radians

import numpy as np

from reloc.datatypes import Float64
from reloc.distributions import CHI2_99_3DOF
from reloc.geometry.covariance import pose_error, transport
from reloc.geometry.transforms import angle, inverse
from reloc.trust.gate_config import GateConfig


@dataclass(frozen=True, slots=True, eq=False)
class Sighting:
    """The camera's pose by one look, or by several fused."""

    stamp_ns: int
    world_from_cam: Float64  # (4, 4)
    covariance: Float64  # (6, 6), as in Localized
    odom_from_cam: Float64 | None  # (4, 4) at the stamp; None without odometry
    path_m: float = 0.0  # distance traveled by odometry since it began
    path_rad: float = 0.0  # angle turned by odometry since it began


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """The difference between a look and where an earlier look and odometry expect it."""

    motion: Float64  # (4, 4) cam_before_from_cam_after, by odometry; the identity without it
    position: Float64  # (3,) meters along the world's axes
    rotation: Float64  # (3,) radians about them
    expected_covariance: Float64  # (6, 6) of the expected pose, by the covariance of ``before``
    covariance: Float64  # (6, 6) of the difference, by both covariances
    seconds: float  # time from one to the other
    travelled_m: float | None  # by odometry; None without it
    turned_rad: float | None


def difference(before: Sighting, after: Sighting, by_odometry: bool = True) -> Difference:
    """Compare ``after`` with ``before``, moved by odometry; without odometry the robot counts as standing still."""
    motion, travelled, turned = np.eye(4), None, None
    if by_odometry and before.odom_from_cam is not None and after.odom_from_cam is not None:
        motion = inverse(before.odom_from_cam) @ after.odom_from_cam
        # The path is longer than the straight line: a robot that drove a circle also has its error.
        travelled = max(float(np.linalg.norm(motion[:3, 3])), abs(after.path_m - before.path_m))
        turned = max(angle(motion[:3, :3]), abs(after.path_rad - before.path_rad))
    error = pose_error(before.world_from_cam @ motion, after.world_from_cam)
    expected = transport(before.covariance, before.world_from_cam, motion)
    seconds = (after.stamp_ns - before.stamp_ns) * 1e-9
    return Difference(motion, error[:3], error[3:], expected, expected + after.covariance, seconds, travelled, turned)


def slack(off: Difference, config: GateConfig) -> tuple[float, float]:
    """Return meters and radians that the motion between two looks may add: odometry's drift, or all motion."""
    if off.travelled_m is None or off.turned_rad is None:
        seconds = abs(off.seconds)
        return config.max_speed * seconds, radians(config.max_turn_deg) * seconds
    turn = config.drift * off.turned_rad + radians(config.drift_deg) * off.travelled_m
    return config.drift * off.travelled_m, turn


def agree(before: Sighting, after: Sighting, config: GateConfig, by_odometry: bool = True) -> bool:
    """Return whether the motion between two looks is the one that odometry measured, or a possible one without it."""
    off = difference(before, after, by_odometry)
    slack_m, slack_rad = slack(off, config)
    near_rad, far_rad = radians(config.agree_deg), radians(config.max_agree_deg)
    return is_explained(
        off.position, off.covariance[:3, :3], slack_m, config.agree_m, config.max_agree_m
    ) and is_explained(off.rotation, off.covariance[3:, 3:], slack_rad, near_rad, far_rad)


def is_explained(error: Float64, covariance: Float64, slack: float, near: float, far: float) -> bool:
    """Return whether a difference (3,) may be an error of the looks.

    Args:
        error: meters or radians.
        covariance: (3, 3) of the difference, in squared meters or radians.
        slack: part of the difference's length that the robot's motion explains.
        near: a smaller remainder always agrees. Precise looks err by more than they state if the map does.
        far: a larger difference never agrees. An uncertain look would otherwise agree with everything.
    """
    length = float(np.linalg.norm(error))
    if not np.isfinite(length):
        return False
    left = max(0.0, length - slack)
    if left <= near:
        return True
    if left > far or not np.isfinite(covariance).all() or np.linalg.eigvalsh(covariance)[0] <= 0:
        return False
    rest = error * (left / length)
    return bool(rest @ np.linalg.solve(covariance, rest) <= CHI2_99_3DOF)
