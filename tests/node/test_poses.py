"""Poses and times, there and back."""

import numpy as np
import pytest

pytest.importorskip("geometry_msgs", reason="ROS 2 is not there: run `make setup`")

from reloc.errors import PoseError
from reloc.geometry import transforms
from reloc_node.conversions import poses

POSE = transforms.make(transforms.so3_exp([0.3, -1.2, 0.4]), [1.0, -2.0, 3.0])


def test_a_transform_comes_back() -> None:
    message = poses.to_transform(POSE, "map", "odom", 1_500_000_000)
    assert (message.header.frame_id, message.child_frame_id) == ("map", "odom")
    assert (message.header.stamp.sec, message.header.stamp.nanosec) == (1, 500_000_000)
    np.testing.assert_allclose(poses.from_transform(message.transform), POSE, atol=1e-12)


def test_a_transform_without_a_rotation_is_refused() -> None:
    message = poses.to_transform(POSE, "map", "odom", 0)
    message.transform.rotation.x = message.transform.rotation.y = 0.0
    message.transform.rotation.z = message.transform.rotation.w = 0.0
    with pytest.raises(PoseError):
        poses.from_transform(message.transform)


@pytest.mark.parametrize("stamp_ns", [0, 1, 999_999_999, 1_000_000_000, 1_700_000_000_123_456_789])
def test_a_stamp_comes_back(stamp_ns: int) -> None:
    assert poses.to_nanoseconds(poses.to_stamp(stamp_ns)) == stamp_ns


def test_the_covariance_is_row_by_row() -> None:
    covariance = np.arange(36.0).reshape(6, 6)
    message = poses.to_pose_with_covariance(POSE, covariance, "map", 7)
    np.testing.assert_array_equal(np.asarray(message.pose.covariance).reshape(6, 6), covariance)
    assert message.pose.pose.position.y == -2.0
