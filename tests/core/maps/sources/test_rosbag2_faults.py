"""One bad message of a bag costs itself alone; above a share the bag is refused, with the counts and a way round."""

from __future__ import annotations

import numpy as np
import pytest
from support import bags
from support.bag_drives import assert_on_circle, drive, read, tf_drive
from support.bags import at

from reloc.errors import BagPoseError, BagTimeError, PoseError
from reloc.geometry import transforms

FAR = transforms.make(np.eye(3), [50.0, 0.0, 0.0])


def spoiled(message, **values):
    """A transform whose numbers are others."""
    transform = message.transforms[0].transform
    for name, value in values.items():
        target = transform.rotation if name in "xyzw" else transform.translation
        setattr(target, name[-1], value)
    return message


UNRELATED = {
    "a zero quaternion": lambda: spoiled(bags.tf(at(0.5), "base_link", "gps", np.eye(4)), w=0.0),
    "NaN in a place": lambda: spoiled(bags.tf(at(0.5), "imu", "gyro", np.eye(4)), tx=float("nan")),
    "infinity": lambda: spoiled(bags.tf(at(0.5), "imu", "gyro", np.eye(4)), ty=float("inf")),
    "a frame in itself": lambda: bags.tf(at(0.5), "wheel", "wheel", np.eye(4)),
    "a frame without a name": lambda: bags.tf(at(0.5), "base_link", "", np.eye(4)),
    "a tag seen by two cameras": lambda: bags.tf(at(0.5), "cam", "tag", np.eye(4)),
    "a circle elsewhere": lambda: bags.tf(at(0.5), "tag", "other", np.eye(4)),
}


@pytest.mark.parametrize("topic", ["/tf", "/tf_static"])
@pytest.mark.parametrize("fault", UNRELATED)
def test_frames_that_the_camera_does_not_need(tmp_path, fault, topic):
    more = [(at(0.5), topic, UNRELATED[fault]()), (at(0.6), topic, bags.tf(at(0.6), "other", "tag", np.eye(4)))]
    found, _ = read(bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive(), more)))
    assert_on_circle(found)


@pytest.mark.parametrize(
    "values", [{"w": 0.0, "x": 0.0, "z": 0.0}, {"tx": float("nan")}, {"w": float("nan")}, {"w": 4.0}]
)
def test_one_bad_transform_of_the_camera_itself(tmp_path, values):
    recorded = drive(bags.mount(), tf_drive())
    spoiled([m for _, t, m in recorded if t == "/tf"][9], **values)
    found, notes = read(bags.write(tmp_path / "bag", recorded))
    assert len(found) == 10
    assert "1 of 25 transforms of TF map -> base_link left out: 1 not rigid or not finite. First: TF map" in notes


def test_transforms_that_came_late_are_sorted_in(tmp_path):
    recorded = drive(bags.mount(), tf_drive())
    where = [i for i, (_, t, _) in enumerate(recorded) if t == "/tf"]
    one, other = where[8], where[12]
    late = recorded[one]
    recorded[one:other] = recorded[one + 1 : other + 1]
    recorded[other] = (recorded[other - 1][0], "/tf", late[2])
    recorded = [(at(0) + i, t, m) for i, (_, t, m) in enumerate(recorded)]
    found, notes = read(bags.write(tmp_path / "bag", recorded))
    assert_on_circle(found)
    assert "1 out of order" in notes


def test_a_transform_of_another_time_is_not_sorted_in(tmp_path):
    recorded = drive(bags.mount(), tf_drive())
    wrong = [m for _, t, m in recorded if t == "/tf"][20]
    stamp = wrong.transforms[0].header.stamp
    total = stamp.sec * 10**9 + stamp.nanosec - 775_000_000  # its pose is that of 0.8 s later
    stamp.sec, stamp.nanosec = divmod(total, 10**9)
    found, notes = read(bags.write(tmp_path / "bag", recorded))
    assert_on_circle(found)
    assert "1 out of order" in notes


def test_one_transform_far_in_the_future(tmp_path):
    recorded = drive(bags.mount(), tf_drive())
    [m for _, t, m in recorded if t == "/tf"][10].transforms[0].header.stamp.sec += 10**8
    found, _ = read(bags.write(tmp_path / "bag", recorded))
    assert_on_circle(found)


def test_one_transform_with_another_parent(tmp_path):
    stray = [(at(0.51), "/tf", bags.tf(at(0.51), "odom", "base_link", FAR))]
    found, notes = read(bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive(), stray)))
    assert_on_circle(found)
    assert "1 with another parent" in notes


def test_one_transform_that_closes_a_circle(tmp_path):
    stray = [(at(0.51), "/tf", bags.tf(at(0.51), "cam", "map", FAR))]
    assert_on_circle(read(bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive(), stray)))[0])


def test_two_publishers_of_one_frame_are_asked_about(tmp_path):
    """Two robots on one /tf: every second transform is another robot's."""
    other = [(at(t) + 20_000_000, "/tf", bags.tf(at(t) + 20_000_000, "map", "base_link", FAR)) for t in bags.times()]
    bag = bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive(), other))
    with pytest.raises(PoseError, match=r"that jump.*jumps by .* m in .* s, faster than 10 m/s.*--max-path-speed 0"):
        read(bag)
    assert read(bag, max_path_speed=0.0)[0]


def images(recorded):
    return [i for i, (_, t, _) in enumerate(recorded) if t == "/cam/image_raw"]


def test_a_driver_that_repeats_an_image(tmp_path):
    recorded = drive(bags.mount(), tf_drive())
    i = images(recorded)[4]
    recorded.insert(i + 1, (recorded[i][0] + 500, "/cam/image_raw", recorded[i][2]))
    found, notes = read(bags.write(tmp_path / "bag", recorded))
    assert_on_circle(found)
    assert "1 of 11 images on /cam/image_raw left out: 1 of a stamp twice" in notes


@pytest.mark.parametrize("seconds", [-0.2, 3.0, 10**8, -1.7e9])
def test_one_image_stamp_that_is_wrong(tmp_path, seconds):
    recorded = drive(bags.mount(), tf_drive())
    stamp = recorded[images(recorded)[4]][2].header.stamp
    total = stamp.sec * 10**9 + stamp.nanosec + round(seconds * 1e9)
    stamp.sec, stamp.nanosec = divmod(max(total, 0), 10**9)
    found, notes = read(bags.write(tmp_path / "bag", recorded))
    assert_on_circle(found, 9)
    assert "left out" in notes


def test_images_without_stamps(tmp_path):
    recorded = drive(bags.mount(), tf_drive())
    for i in images(recorded):
        recorded[i][2].header.stamp.sec = recorded[i][2].header.stamp.nanosec = 0
    with pytest.raises(BagTimeError, match=r"9 of 10 images .*stands twice"):
        read(bags.write(tmp_path / "bag", recorded))


def test_a_share_of_bad_images_is_refused_and_may_be_raised(tmp_path):
    recorded = drive(bags.mount(), tf_drive())
    for i in images(recorded)[3:6]:
        recorded[i][2].header.stamp = recorded[images(recorded)[2]][2].header.stamp
    bag = bags.write(tmp_path / "bag", recorded)
    with pytest.raises(BagTimeError, match=r"3 of 10 images.*3 of a stamp twice.*message 3.*At most 5 %.*--max-bad 30"):
        read(bag)
    assert_on_circle(read(bag, max_bad=30.0)[0], 7)
    with pytest.raises(BagTimeError):
        read(bag, max_bad=0.0)


def test_one_message_received_out_of_order(tmp_path):
    recorded = drive(bags.mount(), tf_drive())
    i = images(recorded)[4]
    recorded[i] = (recorded[i][0] - 3 * bags.SECOND // 10, *recorded[i][1:])
    found, _ = read(bags.write(tmp_path / "bag", recorded))
    assert len(found) >= 9


@pytest.mark.parametrize("kind", ["zero", "nan", "null"])
def test_odometry_that_was_lost_for_a_moment(tmp_path, kind):
    path = [(at(t), "/odom", bags.odometry(at(t), bags.world_from_base(t))) for t in bags.times()]
    pose = path[10][2].pose.pose
    for axis in "xyz":
        setattr(pose.position, axis, float("nan") if kind == "nan" else 0.0)
        setattr(pose.orientation, axis, 0.0)
    pose.orientation.w = float(kind != "zero")
    found, notes = read(bags.write(tmp_path / "bag", drive(bags.mount(), path)))
    assert_on_circle(found)
    assert "1 of 25 poses on /odom left out" in notes


def test_a_path_that_begins_at_nothing_is_whole(tmp_path):
    start = transforms.inverse(bags.world_from_base(0.0))
    path = [
        (at(t), "/odom", bags.odometry(at(t), start @ bags.world_from_base(max(0.0, t - 0.4)))) for t in bags.times()
    ]
    found, notes = read(bags.write(tmp_path / "bag", drive(bags.mount(), path)))
    assert len(found) == 10
    assert "left out" not in notes


def test_a_path_with_one_jump_in_its_middle_is_asked_about(tmp_path):
    poses = [(t, (FAR if t > 0.6 else np.eye(4)) @ bags.world_from_base(t)) for t in bags.times()]
    path = [(at(t), "/tf", bags.tf(at(t), "map", "base_link", pose)) for t, pose in poses]
    with pytest.raises(PoseError, match=r"jumps by 49\.99 m"):
        read(bags.write(tmp_path / "bag", drive(bags.mount(), path)))


def test_corrections_of_a_localizer_are_no_jumps(tmp_path):
    """map -> odom steps by 0.3 m and 2 degrees, far from where odometry began."""
    far = transforms.make(np.eye(3), [60.0, 0.0, 0.0])
    step = transforms.make(transforms.so3_exp([0, 0, 0.004]), [0.05, 0.0, 0.0])
    odom = [(at(t), "/tf", bags.tf(at(t), "odom", "base_link", far @ bags.world_from_base(t))) for t in bags.times()]
    fixed = [(at(t), "/tf", bags.tf(at(t), "map", "odom", step if t > 0.6 else np.eye(4))) for t in bags.times()]
    found, notes = read(bags.write(tmp_path / "bag", drive(bags.mount(), odom, fixed)))
    assert len(found) == 10
    assert "jump" not in notes


def test_one_camera_info_that_is_none(tmp_path):
    recorded = drive(bags.mount(), tf_drive())
    next(m for _, t, m in recorded if t == "/cam/camera_info").k[:] = 0
    found, notes = read(bags.write(tmp_path / "bag", recorded))
    assert found[0].camera.fx == 30.0
    assert "1 of 10 messages on /cam/camera_info left out" in notes


def test_nothing_but_bad_transforms(tmp_path):
    recorded = drive(bags.mount(), tf_drive())
    for _, topic, message in recorded:
        if topic == "/tf":
            spoiled(message, tx=float("nan"))
    with pytest.raises(BagPoseError, match="No poses for the camera"):
        read(bags.write(tmp_path / "bag", recorded))
