"""What names of topics and frames say."""

from __future__ import annotations

import pytest

from reloc.messages.names import frame_name, is_odometry, says_rectified


@pytest.mark.parametrize(
    ("topic", "says"),
    [
        ("/camera/image_rect", True),
        ("/camera/image_rect_color/compressed", True),
        ("/camera/infra1/image_rect_raw", True),
        ("/left/rect/image", True),
        ("/camera/image_rectified", True),
        ("/camera/image_raw", False),
        ("/camera/image_raw/compressed", False),
        ("/camera/image_color", False),
        ("/camera/image_mono", False),
        ("/camera/image_unrectified", False),
        ("/camera/image", None),
        ("/camera/image_undistorted", None),
        ("/direct/image", None),
        ("/rectangle/image", None),
        ("", None),
    ],
)
def test_whether_a_topic_says_that_its_images_are_rectified(topic, says):
    assert says_rectified(topic) is says


def test_frames_and_odometry():
    assert frame_name("/robot1/cam/") == "robot1/cam"
    assert all(is_odometry(f) for f in ("odom", "robot1/odom", "odom_combined", "camera_odom_frame", "ODOM"))
    assert not any(is_odometry(f) for f in ("map", "world", "odom/map", ""))
