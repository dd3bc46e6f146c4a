"""What tf2_ros answers, the real one or the stand-in: both must pass."""

from __future__ import annotations

import math

import builtin_interfaces.msg
import pytest
import tf2_ros
from geometry_msgs.msg import TransformStamped
from rclpy.duration import Duration
from rclpy.time import Time

LATEST = Time()


def at(seconds: float) -> Time:
    """A time; far from zero, which means the latest."""
    return Time(nanoseconds=1_000_000_000_000 + round(seconds * 1e9))


def transform(
    parent: str, child: str, time: Time = LATEST, *, x: float = 0.0, y: float = 0.0, yaw: float = 0.0
) -> TransformStamped:
    """parent_from_child."""
    message = TransformStamped()
    message.header.stamp = time.to_msg()
    message.header.frame_id = parent
    message.child_frame_id = child
    message.transform.translation.x = x
    message.transform.translation.y = y
    message.transform.rotation.z = math.sin(yaw / 2)
    message.transform.rotation.w = math.cos(yaw / 2)
    return message


def xyyaw(message: TransformStamped) -> tuple[float, float, float]:
    """Of a planar transform."""
    t, q = message.transform.translation, message.transform.rotation
    return t.x, t.y, 2 * math.atan2(q.z, q.w)


@pytest.fixture
def buffer() -> tf2_ros.Buffer:
    return tf2_ros.Buffer()


@pytest.fixture
def drive(buffer: tf2_ros.Buffer) -> tf2_ros.Buffer:
    """odom -> base from 0 s to 2 s: 1 m/s along x while turning left by 90 degrees; base -> camera is static."""
    for s in (0, 1, 2):
        buffer.set_transform(transform("odom", "base", at(s), x=float(s), yaw=s * math.pi / 4), "test")
    buffer.set_transform_static(transform("base", "camera", y=1.0), "test")
    return buffer


def test_exceptions_are_of_one_family() -> None:
    for name in ("Lookup", "Connectivity", "Extrapolation", "InvalidArgument", "Timeout"):
        assert issubclass(getattr(tf2_ros, f"{name}Exception"), tf2_ros.TransformException)


def test_interpolates_half_way(drive: tf2_ros.Buffer) -> None:
    found = drive.lookup_transform("odom", "base", at(0.5))
    assert xyyaw(found) == pytest.approx((0.5, 0, math.pi / 8))
    assert (found.header.frame_id, found.child_frame_id) == ("odom", "base")
    assert Time.from_msg(found.header.stamp) == Time.from_msg(at(0.5).to_msg())


def test_interpolates_rotation_at_constant_speed_along_the_shorter_way(buffer: tf2_ros.Buffer) -> None:
    buffer.set_transform(transform("a", "b", at(0), yaw=0.0), "test")
    later = transform("a", "b", at(4), yaw=2.0)
    q = later.transform.rotation
    q.z, q.w = -q.z, -q.w  # the same rotation, the other sign
    buffer.set_transform(later, "test")
    for s in (1, 2, 3):
        yaw = xyyaw(buffer.lookup_transform("a", "b", at(s)))[2]
        assert math.remainder(yaw - s * 0.5, 2 * math.pi) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_order_of_arrival_does_not_matter(buffer: tf2_ros.Buffer, order: tuple[int, ...]) -> None:
    for s in order:
        buffer.set_transform(transform("a", "b", at(s), x=float(s * s)), "test")
    assert xyyaw(buffer.lookup_transform("a", "b", at(1.5)))[0] == pytest.approx(2.5)
    assert xyyaw(buffer.lookup_transform("a", "b", at(1)))[0] == pytest.approx(1)


def test_inverse_and_composition(drive: tf2_ros.Buffer) -> None:
    # At 2 s the base is at (2, 0) turned left by 90 degrees: the camera, 1 m to its left, is at (1, 0).
    assert xyyaw(drive.lookup_transform("odom", "camera", at(2))) == pytest.approx((1, 0, math.pi / 2))
    assert xyyaw(drive.lookup_transform("camera", "odom", at(2))) == pytest.approx((0, 1, -math.pi / 2))


def test_siblings_meet_at_their_common_parent(buffer: tf2_ros.Buffer) -> None:
    buffer.set_transform_static(transform("base", "left", y=1.0), "test")
    buffer.set_transform_static(transform("base", "right", y=-1.0, yaw=math.pi), "test")
    assert xyyaw(buffer.lookup_transform("left", "right", at(5)))[:2] == pytest.approx((0, -2))


def test_takes_messages_as_times(drive: tf2_ros.Buffer) -> None:
    assert xyyaw(drive.lookup_transform("odom", "base", at(0.5).to_msg()))[0] == pytest.approx(0.5)
    latest = drive.lookup_transform("odom", "base", builtin_interfaces.msg.Time())
    assert xyyaw(latest)[0] == pytest.approx(2)
    with pytest.raises(TypeError):
        drive.lookup_transform("odom", "base", 0.5)


def test_future_and_past_are_not_invented(drive: tf2_ros.Buffer) -> None:
    with pytest.raises(tf2_ros.ExtrapolationException, match="into the future"):
        drive.lookup_transform("odom", "camera", at(2.001))
    with pytest.raises(tf2_ros.ExtrapolationException, match="into the past"):
        drive.lookup_transform("camera", "odom", at(-0.001))
    possible, why = drive.can_transform("odom", "camera", at(2.001), return_debug_tuple=True)
    assert not possible
    assert "into the future" in why


def test_a_single_sample_holds_at_its_time_only(buffer: tf2_ros.Buffer) -> None:
    buffer.set_transform(transform("a", "b", at(1), x=3.0), "test")
    assert xyyaw(buffer.lookup_transform("a", "b", at(1)))[0] == 3
    with pytest.raises(tf2_ros.ExtrapolationException, match="only time"):
        buffer.lookup_transform("a", "b", at(1.5))


def test_unknown_frames_and_bad_names(drive: tf2_ros.Buffer) -> None:
    with pytest.raises(tf2_ros.LookupException, match="moon"):
        drive.lookup_transform("moon", "base", LATEST)
    with pytest.raises(tf2_ros.LookupException, match="moon"):
        drive.lookup_transform("base", "moon", at(1))
    with pytest.raises(tf2_ros.InvalidArgumentException):
        drive.lookup_transform("", "base", LATEST)
    with pytest.raises(tf2_ros.InvalidArgumentException):
        drive.lookup_transform("base", "/odom", LATEST)
    assert not drive.can_transform("moon", "base", LATEST)
    assert not drive.can_transform("", "base", LATEST)


def test_two_trees_are_not_connected(drive: tf2_ros.Buffer) -> None:
    drive.set_transform_static(transform("other_root", "other", x=1.0), "test")
    for time in (LATEST, at(1)):
        with pytest.raises(tf2_ros.ConnectivityException):
            drive.lookup_transform("odom", "other", time)
        assert not drive.can_transform("odom", "other", time)


def test_a_loop_is_told(buffer: tf2_ros.Buffer) -> None:
    buffer.set_transform_static(transform("a", "b"), "test")
    buffer.set_transform_static(transform("b", "a"), "test")
    buffer.set_transform_static(transform("c", "d"), "test")
    with pytest.raises(tf2_ros.LookupException, match="loop"):
        buffer.lookup_transform("c", "a", at(1))


def test_static_holds_at_any_time(buffer: tf2_ros.Buffer) -> None:
    buffer.set_transform_static(transform("base", "camera", at(100), x=0.2), "test")
    for time in (LATEST, at(-900), at(1e6)):
        found = buffer.lookup_transform("base", "camera", time)
        assert xyyaw(found)[0] == 0.2
        assert Time.from_msg(found.header.stamp).nanoseconds == time.nanoseconds
    buffer.set_transform_static(transform("base", "camera", x=0.3), "test")
    assert xyyaw(buffer.lookup_transform("base", "camera", LATEST))[0] == 0.3


def test_latest_is_the_latest_that_all_have(drive: tf2_ros.Buffer) -> None:
    for s in (0, 1.5):
        drive.set_transform(transform("map", "odom", at(s), x=10 * s), "test")
    found = drive.lookup_transform("map", "camera", LATEST)
    assert Time.from_msg(found.header.stamp).nanoseconds == at(1.5).nanoseconds
    assert drive.get_latest_common_time("map", "camera").nanoseconds == at(1.5).nanoseconds
    assert xyyaw(found)[2] == pytest.approx(1.5 * math.pi / 4)
    assert drive.get_latest_common_time("base", "camera").nanoseconds == 0


def test_a_stale_frame_above_the_common_parent_does_not_matter(drive: tf2_ros.Buffer) -> None:
    drive.set_transform(transform("map", "odom", at(-5)), "test")
    drive.set_transform_static(transform("base", "lidar", x=1.0), "test")
    assert xyyaw(drive.lookup_transform("odom", "base", at(1.5)))[0] == pytest.approx(1.5)
    assert xyyaw(drive.lookup_transform("camera", "lidar", at(1.5)))[:2] == pytest.approx((1, -1))
    with pytest.raises(tf2_ros.ExtrapolationException):
        drive.lookup_transform("map", "base", at(1.5))


def test_identity_needs_no_frame(buffer: tf2_ros.Buffer) -> None:
    assert xyyaw(buffer.lookup_transform("x", "x", at(3))) == (0, 0, 0)
    assert buffer.can_transform("x", "x", at(3))


def test_full_goes_through_a_fixed_frame(drive: tf2_ros.Buffer) -> None:
    # Where was the base of 0 s, seen from the base of 1 s, the odometry frame standing still?
    found = drive.lookup_transform_full("base", at(1), "base", at(0), "odom")
    diagonal = math.sqrt(0.5)
    assert xyyaw(found) == pytest.approx((-diagonal, diagonal, -math.pi / 4))
    assert drive.can_transform_full("base", at(1), "base", at(0), "odom")
    assert not drive.can_transform_full("base", at(3), "base", at(0), "odom")
    with pytest.raises(tf2_ros.ExtrapolationException):
        drive.lookup_transform_full("base", at(3), "base", at(0), "odom")


def test_forgets_after_the_cache_time() -> None:
    for buffer, keep in ((tf2_ros.Buffer(), 10), (tf2_ros.Buffer(Duration(seconds=2)), 2)):
        for s in range(14):
            buffer.set_transform(transform("a", "b", at(s), x=float(s)), "test")
        assert xyyaw(buffer.lookup_transform("a", "b", at(13.0 - keep)))[0] == pytest.approx(13 - keep)
        with pytest.raises(tf2_ros.ExtrapolationException, match="into the past"):
            buffer.lookup_transform("a", "b", at(13 - keep - 1.5))
        buffer.set_transform(transform("a", "b", at(13 - keep - 1.5)), "test")  # too old: left out
        assert not buffer.can_transform("a", "b", at(13 - keep - 1.5))


def test_clear_forgets_what_moves(drive: tf2_ros.Buffer) -> None:
    drive.clear()
    assert not drive.can_transform("odom", "base", LATEST)
    assert drive.can_transform("base", "camera", LATEST)


@pytest.mark.parametrize(
    "bad",
    [
        transform("a", "a"),
        transform("", "b"),
        transform("a", ""),
        transform("a", "b", x=math.nan),
        TransformStamped(),
    ],
    ids=["self", "no parent", "no child", "nan", "empty"],
)
def test_bad_transforms_are_left_out(buffer: tf2_ros.Buffer, bad: TransformStamped) -> None:
    buffer.set_transform_static(transform("root", "leaf"), "test")
    buffer.set_transform(bad, "test")
    assert buffer.all_frames_as_string().count("exists with parent") == 1
    assert not buffer.can_transform("a", "b", LATEST)


def test_a_rotation_is_made_of_length_one(buffer: tf2_ros.Buffer) -> None:
    long = transform("a", "b")
    long.transform.rotation.z = long.transform.rotation.w = 3.0
    buffer.set_transform(long, "test")
    rotation = buffer.lookup_transform("a", "b", LATEST).transform.rotation
    assert (rotation.z, rotation.w) == pytest.approx((math.sqrt(0.5), math.sqrt(0.5)))


def test_a_rotation_of_zeros_is_left_out(buffer: tf2_ros.Buffer) -> None:
    bad = transform("a", "b")
    bad.transform.rotation.w = 0.0
    buffer.set_transform(bad, "test")
    assert not buffer.can_transform("a", "b", LATEST)


def test_a_frame_can_change_its_parent(buffer: tf2_ros.Buffer) -> None:
    buffer.set_transform(transform("a", "cup", at(0), x=1.0), "test")
    buffer.set_transform(transform("b", "cup", at(2), x=5.0), "test")
    assert xyyaw(buffer.lookup_transform("a", "cup", at(1)))[0] == 1  # until it was seen elsewhere
    assert xyyaw(buffer.lookup_transform("b", "cup", at(2)))[0] == 5


def test_leading_slashes_of_what_is_sent_are_taken_off(buffer: tf2_ros.Buffer) -> None:
    buffer.set_transform_static(transform("/a", "/b", x=1.0), "test")
    assert xyyaw(buffer.lookup_transform("a", "b", LATEST))[0] == 1


def test_frames_as_text(drive: tf2_ros.Buffer) -> None:
    assert "Frame base exists with parent odom." in drive.all_frames_as_string()
    text = drive.all_frames_as_yaml()
    assert "parent: 'odom'" in text
    assert "broadcaster: 'test'" in text


def test_a_timeout_ends(buffer: tf2_ros.Buffer) -> None:
    assert not buffer.can_transform("a", "b", LATEST, Duration(seconds=0.1))
    with pytest.raises(tf2_ros.LookupException):
        buffer.lookup_transform("a", "b", LATEST, Duration(seconds=0.1))


@pytest.mark.parametrize("size", [1e-300, 1e-170, 1e170, 1e300])
def test_rotations_of_any_length_can_be_interpolated(size: float) -> None:
    """The square of such a length is 0 or infinite."""
    rigid = pytest.importorskip("tf2_ros.rigid")  # the stand-in's; ROS's own refuses them
    a, b = rigid.normalized((0.0, 0.0, size, size)), rigid.normalized((0.0, 0.0, -size, size))
    assert rigid.slerp(a, b, 0.5) == pytest.approx((0.0, 0.0, 0.0, 1.0))
