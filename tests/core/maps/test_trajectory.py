"""What a recorded path loses, and what it keeps."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reloc.errors import PoseError
from reloc.geometry import transforms
from reloc.maps.left_out import LeftOut, longest_rising
from reloc.maps.trajectory import StampedPose, settle


def path(count=40, hz=20.0):
    poses = (transforms.make(transforms.so3_exp([0, 0, 0.02 * i]), [0.05 * i + 1, 0.01 * i, 0]) for i in range(count))
    return [StampedPose(round(i * 1e9 / hz), pose, f"pose {i}") for i, pose in enumerate(poses)]


def settled(found, max_bad=100.0, max_speed=10.0):
    left_out = LeftOut("poses", max_bad)
    return settle(found, left_out, max_speed), left_out


@given(st.lists(st.integers(-50, 50), max_size=60))
def test_the_longest_rising_part(stamps):
    kept = longest_rising(stamps)
    values = [stamps[i] for i in kept]
    assert kept == sorted(kept)
    assert all(a < b for a, b in pairwise(values))
    lengths = [1] * len(stamps)  # the slow way
    for i in range(len(stamps)):
        for j in range(i):
            if stamps[j] < stamps[i]:
                lengths[i] = max(lengths[i], lengths[j] + 1)
    assert len(kept) == max(lengths, default=0)


def test_a_whole_path_is_left_as_it_is():
    made, left_out = settled(path())
    assert (len(made.stamps_ns), left_out.count) == (40, 0)


@given(st.integers(1, 38), st.integers(1, 38))
def test_two_swapped_poses_come_back(i, j):
    found = path()
    found[i], found[j] = found[j], found[i]
    made, left_out = settled(found)
    assert (np.diff(made.stamps_ns) > 0).all()
    for stamp, pose in zip(made.stamps_ns, made.world_from_body, strict=True):
        np.testing.assert_array_equal(pose, path()[round(stamp * 20 / 1e9)].world_from_body)
    assert left_out.count <= 2
    assert len(made.stamps_ns) >= 38


@given(st.integers(1, 38), st.floats(2.0, 1e6))
def test_one_pose_elsewhere(i, metres):
    found = path()
    wrong = found[i].world_from_body.copy()
    wrong[2, 3] += metres
    found[i] = StampedPose(found[i].stamp_ns, wrong, "wrong")
    made, left_out = settled(found)
    assert (len(made.stamps_ns), left_out.count) == (39, 1)
    assert len(settled(found, max_speed=0.0)[0].stamps_ns) == 40


def test_runs_of_null_poses():
    found = path()
    for i in (7, 8, 9, 38, 39):
        found[i] = StampedPose(found[i].stamp_ns, np.eye(4), f"pose {i}")
    made, left_out = settled(found)
    assert (len(made.stamps_ns), left_out.count) == (35, 5)


@pytest.mark.parametrize(("total", "percent", "allowed"), [
    (1, 5, 0), (4, 5, 0), (5, 5, 1), (19, 5, 1), (40, 5, 2), (100, 5, 5), (100, 0, 0), (3, 100, 2), (1000, 0.1, 1),
])  # fmt: skip
def test_how_much_is_left_out(total, percent, allowed):
    assert LeftOut("poses", percent).allowed(total) == allowed


def test_counts_by_kind():
    left_out = LeftOut("poses of a.txt", 5.0)
    for kind in ("not finite", "twice", "not finite"):
        left_out.add(kind, PoseError(f"line 7 is {kind}", "Mend it"))
    assert left_out.note(100) == (
        "3 of 100 poses of a.txt left out: 2 not finite, 1 twice. First: line 7 is not finite"
    )
    left_out.check(100)
    with pytest.raises(
        PoseError, match=r"3 of 10 .*2 not finite, 1 twice.*line 7.*Mend it\. At most 5 %.*--max-bad 30"
    ):
        left_out.check(10)
    with pytest.raises(PoseError, match=r"3 of 3 poses of a\.txt cannot be used"):
        left_out.check(3)
