"""Wheel odometry: exact without drift, wrong by what it is told, silent while the robot is carried."""

from __future__ import annotations

import numpy as np

from reloc.geometry.transforms import inverse
from reloc_demo.drive.motion import DriveTrajectory
from reloc_demo.drive.odometry import WheelDrift, WheelOdometry
from reloc_demo.drive.robot import world_from_base
from reloc_demo.drive.tour import tour

EXACT = WheelDrift(scale=1.0, yaw_scale=1.0, yaw_per_metre=0.0, noise=0.0)


def _play(trajectory: DriveTrajectory, drift: WheelDrift, until: float) -> tuple[np.ndarray, np.ndarray]:
    odometry, last = WheelOdometry(drift), 0.0
    for t in np.arange(0.0, until, 0.02):
        odometry.step(trajectory.at(t), t - last, wheels_turn=not trajectory.carried(last, t))
        last = t
    moved = inverse(world_from_base(trajectory.at(0.0))) @ world_from_base(trajectory.at(last))
    return world_from_base(odometry.pose), moved


def test_without_drift_it_is_the_true_motion() -> None:
    believed, moved = _play(tour(), EXACT, tour().kidnaps[0].start - 0.05)
    np.testing.assert_allclose(believed, moved, atol=2e-3)


def test_it_drifts_and_the_same_seed_drifts_the_same() -> None:
    until = tour().kidnaps[0].start - 0.05
    believed, moved = _play(tour(), WheelDrift(), until)
    assert 0.05 < np.linalg.norm(believed[:3, 3] - moved[:3, 3]) < 1.0
    again, _ = _play(tour(), WheelDrift(), until)
    np.testing.assert_array_equal(believed, again)
    other, _ = _play(tour(), WheelDrift(seed=8), until)
    assert not np.array_equal(believed, other)


def test_it_says_nothing_while_carried() -> None:
    odometry = WheelOdometry(WheelDrift())
    odometry.step(np.array([0.0, 0.0, 0.0]), 0.0, wheels_turn=True)
    before = odometry.step(np.array([0.1, 0.0, 0.1]), 0.1, wheels_turn=True)
    np.testing.assert_array_equal(odometry.step(np.array([9.0, 4.0, 2.0]), 0.1, wheels_turn=False), before)
    np.testing.assert_array_equal(odometry.twist, (0.0, 0.0))
    after = odometry.step(np.array([9.0, 4.0, 2.0]), 0.1, wheels_turn=True)  # where it was put, it stands
    np.testing.assert_array_equal(after, before)
