"""A camera that sends one image for ever."""

from __future__ import annotations

import numpy as np

from reloc.geometry.transforms import make
from reloc.trust.agreement import Sighting
from reloc.trust.repeated import RepeatedLooks


def look(stamp: int, x: float, pose_x: float = 0.0) -> Sighting:
    pose = make(np.eye(3), [pose_x, 0.0, 0.0])
    return Sighting(stamp, pose, np.eye(6), make(np.eye(3), [x, 0.0, 0.0]))


def test_a_robot_that_creeps_is_noticed_as_well() -> None:
    repeated = RepeatedLooks()
    found = [repeated.is_repeated(look(i, 0.0008 * i)) for i in range(60)]
    assert not any(found[:25])
    assert all(found[30:])


def test_poses_that_differ_by_noise_are_no_repetition() -> None:
    repeated = RepeatedLooks()
    assert not any(repeated.is_repeated(look(i, 0.1 * i, 1e-9 * i)) for i in range(20))


def test_a_robot_that_stands_may_see_the_same() -> None:
    repeated = RepeatedLooks()
    assert not any(repeated.is_repeated(look(i, 0.0002 * (i % 2))) for i in range(50))
