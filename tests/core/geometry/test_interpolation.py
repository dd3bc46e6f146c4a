"""Interpolation: on a screw motion it is exact; it never invents a pose."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reloc.errors import PoseError
from reloc.geometry.interpolation import interpolate_pose, interpolate_poses
from reloc.geometry.transforms import make, so3_exp

START_NS = 1_700_000_000_123_456_789  # as float64 this would be rounded to 256 ns
SECOND = 1_000_000_000
TURN, WAY = np.array([0.2, -0.9, 0.5]), np.array([1.0, 2.0, -0.5])  # per second


def moving(seconds: float) -> np.ndarray:
    return make(so3_exp(TURN * seconds), WAY * seconds)


STAMPS = START_NS + np.array([0, 1, 2, 6, 7]) * SECOND
POSES = np.stack([moving(s) for s in (0, 1, 2, 6, 7)])


@given(st.integers(0, 2 * SECOND))
def test_constant_motion_is_met_exactly(after_ns: int) -> None:
    pose = interpolate_pose(STAMPS, POSES, START_NS + after_ns, max_gap_s=1.0)
    assert pose is not None
    np.testing.assert_allclose(pose, moving(after_ns / SECOND), atol=1e-9)


def test_many_at_once_in_any_order() -> None:
    seconds = np.array([6.5, 0.25, 4.0, 2.0, -0.1, 7.0, 7.1, 0.0])
    poses, valid = interpolate_poses(STAMPS, POSES, START_NS + (seconds * SECOND).astype(np.int64), max_gap_s=1.5)
    # 4.0 is in the gap, -0.1 before and 7.1 after the trajectory.
    assert valid.tolist() == [True, True, False, True, False, True, False, True]
    assert np.isnan(poses[~valid]).all()
    np.testing.assert_allclose(poses[valid], np.stack([moving(s) for s in seconds[valid]]), atol=1e-9)


def test_a_gap_is_bridged_only_up_to_its_limit() -> None:
    middle = START_NS + 4 * SECOND
    assert interpolate_pose(STAMPS, POSES, middle, max_gap_s=3.999) is None
    assert interpolate_pose(STAMPS, POSES, middle, max_gap_s=4.0) is not None


@pytest.mark.parametrize("index", range(5))
def test_a_stamp_itself_is_always_answered(index: int) -> None:
    pose = interpolate_pose(STAMPS, POSES, int(STAMPS[index]), max_gap_s=0.0)
    assert pose is not None
    np.testing.assert_allclose(pose, POSES[index], atol=1e-12)


def test_turns_the_short_way() -> None:
    poses = np.stack([make(so3_exp([0, 0, 3.0]), np.zeros(3)), make(so3_exp([0, 0, -3.0]), np.zeros(3))])
    pose = interpolate_pose([0, 100], poses, 50, max_gap_s=1)
    assert pose is not None
    np.testing.assert_allclose(pose[:3, :3], so3_exp([0, 0, np.pi]), atol=1e-12)


def test_nothing_to_interpolate() -> None:
    assert interpolate_pose([], np.zeros((0, 4, 4)), 5, max_gap_s=1) is None
    poses, valid = interpolate_poses(STAMPS, POSES, [], max_gap_s=1)
    assert poses.shape == (0, 4, 4)
    assert valid.shape == (0,)
    assert interpolate_pose(STAMPS[:1], POSES[:1], START_NS + 1, max_gap_s=1) is None


@pytest.mark.parametrize(
    ("stamps", "says"), [([0, 2, 1], "followed by 1"), ([0, 1, 1], "twice"), ([0, 1], "2 stamps for 3 poses")]
)
def test_bad_stamps(stamps: list[int], says: str) -> None:
    with pytest.raises(PoseError, match=says):
        interpolate_poses(stamps, POSES[:3], [0], max_gap_s=1)


def test_a_pose_that_is_not_finite() -> None:
    poses = POSES.copy()
    poses[3, 0, 3] = np.nan
    with pytest.raises(PoseError, match="Pose 3"):
        interpolate_poses(STAMPS, poses, [START_NS], max_gap_s=1)
