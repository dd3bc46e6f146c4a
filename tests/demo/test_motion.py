"""Trajectories: smooth while the robot drives, jumping only where it is kidnapped."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from reloc_demo.drive.mapping_drive import mapping_drive
from reloc_demo.drive.motion import Drive, Kidnap, RobotPace, Turn, Wait, follow
from reloc_demo.drive.tour import PACE as TOUR_PACE
from reloc_demo.drive.tour import tour

PACE = RobotPace(speed=1.0, yaw_rate=1.0, acceleration=1.0)


def test_a_straight_drive_ends_where_it_should_and_keeps_its_speed() -> None:
    path = follow((0.0, 0.0, 0.0), (Drive(((4.0, 0.0),)),), PACE)
    np.testing.assert_allclose(path.at(path.duration), (4.0, 0.0, 0.0), atol=1e-6)
    t = np.arange(0.0, path.duration, 0.01)
    x = np.array([path.at(v)[0] for v in t])
    assert np.diff(x).max() / 0.01 < 1.02
    assert 4.5 < path.duration < 5.5  # four metres at 1 m/s, and a second to speed up and slow down


def test_the_robot_turns_into_its_direction_first() -> None:
    path = follow((0.0, 0.0, 0.0), (Drive(((0.0, 2.0),)),), PACE)
    moved = [path.at(t) for t in np.arange(0.0, path.duration, 0.02)]
    begun = next(pose for pose in moved if np.linalg.norm(pose[:2]) > 0.02)
    np.testing.assert_allclose(begun[2], np.pi / 2, atol=0.02)


def test_turning_takes_the_way_it_is_told_and_wait_takes_its_time() -> None:
    path = follow((1.0, 1.0, 90.0), (Turn(-270.0), Wait(2.0)), PACE)
    np.testing.assert_allclose(np.rad2deg(path.at(path.duration)[2]), -180.0)
    np.testing.assert_allclose(path.at(path.duration - 1.9), path.at(path.duration))


def test_a_kidnap_without_cover_jumps_between_two_moments() -> None:
    path = follow((0.0, 0.0, 0.0), (Wait(1.0), Kidnap("there", (5.0, 2.0, 90.0)), Wait(1.0)), PACE)
    np.testing.assert_allclose(path.at(1.0 - 1e-6), (0.0, 0.0, 0.0), atol=1e-6)
    np.testing.assert_allclose(path.at(1.0), (5.0, 2.0, np.pi / 2))
    assert path.carried(0.99, 1.01)
    assert not path.carried(0.5, 0.9)
    assert not path.carried(1.01, 1.5)
    assert not path.covered(1.0)


def test_a_kidnap_with_cover_is_dark_until_it_is_over() -> None:
    path = follow((0.0, 0.0, 0.0), (Wait(1.0), Kidnap("there", (5.0, 2.0, 90.0), 2.0), Wait(1.0)), PACE)
    assert [path.covered(t) for t in (0.9, 1.0, 2.9, 3.0)] == [False, True, True, False]
    assert path.carried(2.0, 2.02)


def test_driving_never_jumps() -> None:
    for path in (mapping_drive(), tour()):
        for t in np.arange(0.0, path.duration, 0.02):
            if path.carried(t, t + 0.02):
                continue
            step = np.abs(path.at(t + 0.02) - path.at(t))
            assert np.linalg.norm(step[:2]) < 0.02 * TOUR_PACE.speed * 1.3
            assert step[2] < 0.02 * TOUR_PACE.yaw_rate * 2.2


def test_stops_are_as_far_apart_as_asked() -> None:
    path = follow((0.0, 0.0, 0.0), (Drive(((4.0, 0.0),)), Turn(90.0)), PACE)
    stops = np.array([path.at(t) for t in path.stops(0.5, 20.0)])
    assert 10 <= len(stops) <= 14
    for before, after in pairwise(stops):
        far = np.linalg.norm(after[:2] - before[:2]) >= 0.5 or abs(after[2] - before[2]) >= np.deg2rad(20.0)
        assert far
