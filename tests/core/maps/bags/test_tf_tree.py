"""The tree of frames: paths up and down, between stamps, and what is not a tree."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import bags
from support.bags import at

from reloc.errors import BagPoseError
from reloc.geometry import transforms
from reloc.maps.bags.tf_tree import TfTree

numbers = st.floats(-3, 3)
poses = st.builds(
    lambda r, t: transforms.make(transforms.so3_exp(r), t), st.tuples(*[numbers] * 3), st.tuples(*[numbers] * 3)
)


@given(poses, poses, poses)
def test_path_over_a_common_ancestor(base_from_left, base_from_right, map_from_base):
    tree = TfTree()
    tree.add(bags.tf(at(0), "base", "left", base_from_left), static=True)
    tree.add(bags.tf(at(0), "base", "right", base_from_right), static=True)
    tree.add(bags.tf(at(1), "map", "base", map_from_base), static=False)
    # Between left and right the moving edge is not on the path: any time will do.
    left_from_right, known = tree.lookup("left", "right", [at(50)], 0.1)
    assert known.all()
    np.testing.assert_allclose(left_from_right[0], transforms.inverse(base_from_left) @ base_from_right, atol=1e-9)
    map_from_left, known = tree.lookup("map", "left", [at(1), at(2)], 0.1)
    assert known.tolist() == [True, False]
    np.testing.assert_allclose(map_from_left[0], map_from_base @ base_from_left, atol=1e-9)
    back, _ = tree.lookup("left", "map", [at(1)], 0.1)
    np.testing.assert_allclose(back[0] @ map_from_left[0], np.eye(4), atol=1e-9)


def test_halfway_between_two_stamps():
    tree = TfTree()
    for seconds, angle in ((0.0, 0.0), (0.2, 0.4)):
        pose = transforms.make(transforms.so3_exp([0, 0, angle]), [angle, 0, 0])
        tree.add(bags.tf(at(seconds), "/map", "/base", pose), static=False)  # slashes of old
    found, known = tree.lookup("map", "base", [at(0.1)], 0.5)
    assert known[0]
    np.testing.assert_allclose(found[0], transforms.make(transforms.so3_exp([0, 0, 0.2]), [0.2, 0, 0]), atol=1e-9)


def test_a_transform_sent_twice_counts_once():
    tree = TfTree()
    for _ in range(2):
        tree.add(bags.tf(at(0), "map", "base", transforms.make(np.eye(3), [1, 0, 0])), static=False)
    found, _ = tree.lookup("map", "base", [at(0)], 0.5)
    assert found[0][0, 3] == 1.0
    assert tree.notes() == []


def test_frames_that_are_not_joined():
    tree = TfTree()
    tree.add(bags.tf(at(0), "map", "base", np.eye(4)), static=False)
    with pytest.raises(BagPoseError, match=r"does not join cam to map\. It has: base, map"):
        tree.lookup("map", "cam", [at(0)], 0.5)


def test_frames_in_a_circle():
    tree = TfTree()
    for parent, child in (("a", "b"), ("b", "c"), ("c", "a")):
        tree.add(bags.tf(at(0), parent, child, np.eye(4)), static=True)
    with pytest.raises(BagPoseError, match="circle"):
        tree.lookup("a", "c", [at(0)], 0.5)
