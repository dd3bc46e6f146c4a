"""Several robots in one bag, rectified images, odometry: nothing is taken for what it is not."""

from __future__ import annotations

import numpy as np
import pytest
from support import bags
from support.bag_drives import assert_on_circle, drive, read, tf_drive
from support.bags import at

from reloc.errors import BagError, BagPoseError, CameraError, SourceError
from reloc.geometry import transforms
from reloc.maps.source import SourceOptions, open_source
from reloc.maps.truth import check_truth

FAR = transforms.make(np.eye(3), [50.0, 0.0, 0.0])


def renamed(recorded, space, image_too=True):
    return [(s, space + t if image_too or not t.startswith("/cam") else t, m) for s, t, m in recorded]


def moved(recorded):
    return [(s + 7_000_000, t, bags.tf(s + 7_000_000, "map", "base_link", FAR)) for s, t, _ in recorded]


def robots(*spaces):
    """The drive of the first robot, and another robot's TF in each further namespace."""
    first = renamed(drive(bags.mount(), tf_drive()), spaces[0])
    others = [m for space in spaces[1:] for m in renamed([*bags.mount(), *moved(tf_drive())], space)]
    return bags.ordered(first, others)


@pytest.mark.parametrize(
    "spaces", [("/robot1", "/robot2"), ("/robot2", "/robot1"), ("/a/b", "/a", ""), ("/robot1", "")]
)
@pytest.mark.parametrize("storage", ["sqlite3", "mcap"])
def test_the_images_own_namespace(tmp_path, spaces, storage):
    found, _ = read(bags.write(tmp_path / "bag", robots(*spaces), storage))
    assert_on_circle(found)


def test_the_global_namespace_where_the_images_have_none_of_their_own(tmp_path):
    own = renamed(bags.camera_part(), "/front")
    recorded = bags.ordered(own, bags.mount(), tf_drive(), renamed([*bags.mount(), *moved(tf_drive())], "/robot2"))
    assert_on_circle(read(bags.write(tmp_path / "bag", recorded))[0])


def test_static_transforms_of_the_global_namespace(tmp_path):
    recorded = bags.ordered(renamed(drive(tf_drive()), "/robot1"), bags.mount())
    assert_on_circle(read(bags.write(tmp_path / "bag", recorded))[0])


def test_only_other_namespaces_are_asked_about(tmp_path):
    others = [
        *renamed([*bags.mount(), *moved(tf_drive())], "/robot2"),
        *renamed([*bags.mount(), *tf_drive()], "/robot1"),
    ]
    bag = bags.write(tmp_path / "bag", bags.ordered(bags.camera_part(), others))
    with pytest.raises(BagPoseError, match=r"--tf-namespace /robot1 or --tf-namespace /robot2"):
        read(bag)
    assert_on_circle(read(bag, tf_namespace="/robot1")[0])
    assert_on_circle(read(bag, tf_namespace="robot1/")[0])
    with pytest.raises(BagPoseError, match="No TF topic in the namespace '/robot3'"):
        read(bag, tf_namespace="/robot3")


def odometry(space=""):
    return [(at(t), f"{space}/odom", bags.odometry(at(t), bags.world_from_base(t))) for t in bags.times()]


def test_the_odometry_of_another_robot(tmp_path):
    mounts = [*renamed(bags.mount(), "/robot1"), *renamed(bags.mount(), "/robot2")]
    camera = renamed(bags.camera_part(), "/robot1")
    bag = bags.write(tmp_path / "bag", bags.ordered(camera, mounts, odometry("/robot2")))
    with pytest.raises(BagPoseError, match="poses of another robot than that of /robot1/cam/image_raw"):
        read(bag)
    both = bags.write(tmp_path / "both", bags.ordered(camera, mounts, odometry("/robot1"), odometry("/robot2")))
    assert_on_circle(read(both)[0])


def test_the_camera_info_of_another_robot(tmp_path):
    camera = [m for m in renamed(bags.camera_part(), "/robot1") if m[1].endswith("raw")]
    other = renamed(bags.camera_part(), "/robot2")
    recorded = bags.ordered(camera, other, renamed([*bags.mount(), *tf_drive()], "/robot1"))
    with pytest.raises(BagError, match="No /robot1/cam/camera_info, but /robot2/cam/camera_info"):
        read(bags.write(tmp_path / "bag", recorded), image_topic="/robot1/cam/image_raw")


# ------------------------------------------------------------- rectified
P = [28.0, 0, 16.0, 0, 0, 28.5, 12.0, 0, 0, 0, 1, 0]


def rectified(topic, p=P, d=(-0.2, 0.1, 0, 0, 0)):
    recorded = drive(bags.mount(), tf_drive())
    for _, name, message in recorded:
        if name == "/cam/camera_info":
            message.p[:], message.d = p, np.array(d, float)
    return [(s, topic if t == "/cam/image_raw" else t, m) for s, t, m in recorded]


@pytest.mark.parametrize("topic", ["/cam/image_rect", "/cam/image_rect_color", "/cam/rect/image"])
def test_a_topic_that_says_rectified(tmp_path, topic):
    bag = bags.write(tmp_path / "bag", rectified(topic))
    options = {} if topic.count("/") == 2 else {"camera_info_topic": "/cam/camera_info"}
    found, notes = read(bag, **options)
    camera = found[0].camera
    assert (camera.fx, camera.fy, camera.cx, camera.distortion) == (28.0, 28.5, 16.0, ())
    assert "rectified" in notes
    assert read(bag, rectified="no", **options)[0][0].camera.distortion[0] == -0.2


@pytest.mark.parametrize("topic", ["/cam/image_raw", "/cam/image_color"])
def test_a_topic_that_says_raw(tmp_path, topic):
    bag = bags.write(tmp_path / "bag", rectified(topic))
    assert read(bag)[0][0].camera.distortion[0] == -0.2
    assert read(bag, rectified="yes")[0][0].camera.fx == 28.0


@pytest.mark.parametrize("topic", ["/cam/image", "/cam/image_undistorted"])
def test_a_topic_that_says_neither_is_asked_about(tmp_path, topic):
    bag = bags.write(tmp_path / "bag", rectified(topic))
    with pytest.raises(CameraError, match=r"Are the images on /cam/.* rectified.*--rectified .*--no-rectified"):
        read(bag)
    assert read(bag, rectified="yes")[0][0].camera.fx == 28.0
    assert read(bag, rectified="no")[0][0].camera.fx == 30.0
    assert read(bag, camera="29")[0][0].camera.fx == 29.0


@pytest.mark.parametrize(
    "info", [{"p": [0] * 12}, {"d": [0] * 5}, {"p": [30.0, 0, 15.5, 0, 0, 30.0, 11.5, 0, 0, 0, 1, 0]}]
)
def test_one_camera_alone_needs_no_question(tmp_path, info):
    assert read(bags.write(tmp_path / "bag", rectified("/cam/image", **info)))[0][0].camera.fx == 30.0


@pytest.mark.parametrize("at_k", [{8: 0.0}, {0: 100.0}, {2: 33.0}, {5: -1.0}])
def test_calibrations_that_no_lens_has(tmp_path, at_k):
    recorded = drive(bags.mount(), tf_drive())
    for _, name, message in recorded:
        if name == "/cam/camera_info":
            for i, value in at_k.items():
                message.k[i] = value
    with pytest.raises(CameraError, match=r"10 of 10 messages on /cam/camera_info.*--camera"):
        read(bags.write(tmp_path / "bag", recorded))


# ------------------------------------------------------------- odometry
def test_odometry_is_no_truth(tmp_path):
    by_topic = bags.write(tmp_path / "topic", drive(bags.mount(), odometry()))
    by_tf = bags.write(tmp_path / "tf", drive(bags.mount(), tf_drive("odom")))
    by_map = bags.write(tmp_path / "map", drive(bags.mount(), tf_drive()))
    for bag, frame in ((by_topic, "odom"), (by_tf, "odom"), (by_map, "")):
        source = open_source("rosbag2", bag, SourceOptions())
        source.frames("all")
        assert source.odometry == frame
        if frame:
            with pytest.raises(SourceError, match=r"odometry's \(frame odom\): they drift.*--accept-odometry"):
                check_truth(source, False, "eval")
        check_truth(source, frame != "", "eval")


def test_a_path_in_odometry_is_not_taken_for_a_maps(tmp_path):
    correction = [(at(t), "/tf", bags.tf(at(t), "map", "odom", FAR)) for t in bags.times()]
    bag = bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive("odom"), correction, odometry()))
    with pytest.raises(BagPoseError, match=r"/odom tells poses in odom.*--world-frame map.*--accept-odometry"):
        read(bag, pose_topic="/odom")
    assert_on_circle(read(bag, pose_topic="/odom", world_frame="map")[0], world_from_odom=FAR)
    assert_on_circle(read(bag, pose_topic="/odom", accept_odometry=True)[0])


def test_the_speed_of_a_jump_is_the_gates():
    from reloc.trust.gate_config import GateConfig

    assert SourceOptions().max_path_speed == GateConfig().max_odom_speed
