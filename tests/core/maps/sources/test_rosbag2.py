"""Bags in: poses by every way, both storages, images of every kind. What is refused: test_rosbag2_refused."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Writer
from support import bags
from support.bag_drives import STORAGES, assert_on_circle, drive, frames, tf_drive
from support.bags import at

from reloc.errors import BagError, BagPoseError
from reloc.geometry import transforms
from reloc.maps.keyframes import select
from reloc.maps.source import open_source


@pytest.mark.parametrize("storage", STORAGES)
def test_poses_from_tf_with_mounting_from_static_tf(tmp_path, storage):
    path = bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive()), storage)
    found = frames(path)
    assert_on_circle(found)
    for i in (7, 0, 3):  # in any order
        np.testing.assert_array_equal(found[i].load_image(), bags.pixels(i))
    assert (found[0].camera.fx, found[0].camera.width) == (30.0, bags.WIDTH)
    assert found[0].name == f"{at(0.05):019d}"


def test_a_single_storage_file_will_do(tmp_path):
    path = bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive()), "mcap")
    assert_on_circle(frames(path / "bag.mcap"))


def test_tf_through_odom(tmp_path):
    shift = transforms.make(transforms.so3_exp([0, 0, 0.7]), [3.0, -1.0, 0.0])
    correction = [(at(t), "/tf", bags.tf(at(t), "map", "odom", shift)) for t in bags.times()]
    path = bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive("odom"), correction))
    assert_on_circle(frames(path), world_from_odom=shift)
    assert_on_circle(frames(path, world_frame="odom"))


@pytest.mark.parametrize("storage", STORAGES)
def test_poses_from_odometry(tmp_path, storage):
    path = [(at(t), "/odom", bags.odometry(at(t), bags.world_from_base(t))) for t in bags.times()]
    assert_on_circle(frames(bags.write(tmp_path / "bag", drive(bags.mount(), path), storage)))


@pytest.mark.parametrize("make", [bags.pose_stamped, bags.pose_with_covariance])
def test_poses_from_pose_messages(tmp_path, make):
    path = [(at(t), "/truth", make(at(t), bags.world_from_base(t))) for t in bags.times()]
    bag = bags.write(tmp_path / "bag", drive(bags.mount(), path))
    with pytest.raises(BagPoseError, match="does not say which frame its poses belong to"):
        frames(bag)
    assert_on_circle(frames(bag, pose_frame="base_link"))


def test_poses_of_the_camera_itself_need_no_tf(tmp_path):
    poses = [(t, bags.world_from_base(t) @ bags.BASE_FROM_CAM) for t in bags.times()]
    path = [(at(t), "/vicon", bags.pose_stamped(at(t), pose)) for t, pose in poses]
    bag = bags.write(tmp_path / "bag", drive(path))
    assert_on_circle(frames(bag, pose_frame="cam"))
    with pytest.raises(BagPoseError, match="the mounting of cam"):
        frames(bag, pose_frame="base_link")


def test_a_goal_is_no_path(tmp_path):
    path = [(at(t), "/odom", bags.odometry(at(t), bags.world_from_base(t))) for t in bags.times()]
    goal = [(at(0.5), "/goal_pose", bags.pose_stamped(at(0.5), np.eye(4)))]
    assert_on_circle(frames(bags.write(tmp_path / "bag", drive(bags.mount(), path, goal))))


def test_two_paths_need_a_choice(tmp_path):
    one = [(at(t), "/odom", bags.odometry(at(t), bags.world_from_base(t))) for t in bags.times()]
    two = [(at(t), "/other", bags.odometry(at(t), np.eye(4))) for t in bags.times()]
    bag = bags.write(tmp_path / "bag", drive(bags.mount(), one, two))
    with pytest.raises(BagPoseError, match="/odom, /other"):
        frames(bag)
    assert_on_circle(frames(bag, pose_topic="/odom"))


def test_compressed_images(tmp_path):
    def encode(i):
        return cv2.imencode(".png", cv2.cvtColor(bags.pixels(i), cv2.COLOR_RGB2BGR))[1].tobytes()

    stamps = [at(0.05 + i / 10) for i in range(10)]
    images = [(s, "/cam/image_raw/compressed", bags.compressed(s, encode(i))) for i, s in enumerate(stamps)]
    infos = [(s, "/cam/image_raw/camera_info", bags.camera_info(s)) for s in stamps[:1]]
    found = frames(bags.write(tmp_path / "bag", bags.ordered(images, infos, bags.mount(), tf_drive())))
    assert_on_circle(found)
    np.testing.assert_array_equal(found[4].load_image(), bags.pixels(4))


def test_several_cameras_need_a_choice(tmp_path):
    other = [(s, t.replace("/cam/", "/rear/"), m) for s, t, m in bags.camera_part()]
    bag = bags.write(tmp_path / "bag", bags.ordered(bags.camera_part(), other, bags.mount(), tf_drive()))
    with pytest.raises(BagError, match="/cam/image_raw, /rear/image_raw"):
        frames(bag)
    assert_on_circle(frames(bag, image_topic="/rear/image_raw"))
    with pytest.raises(BagError, match="There are: /cam/image_raw, /rear/image_raw"):
        frames(bag, image_topic="/front/image")


def test_images_outside_of_the_poses_are_left_out_and_told(tmp_path):
    bag = bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive(seconds=0.5)))
    source = open_source("rosbag2", bag)
    assert_on_circle(source.frames("all"), count=5)
    assert any("5 of 10 images have no pose" in note for note in source.notes)


def test_a_robot_that_stands_is_thinned_by_motion(tmp_path):
    still = bags.world_from_base(0.0)
    path = [(at(t), "/tf", bags.tf(at(t), "map", "base_link", still)) for t in bags.times()]
    source = open_source("rosbag2", bags.write(tmp_path / "bag", drive(bags.mount(), path)))
    found = source.frames("all")
    assert len(found) == 10
    assert len(select(found, source.keyframes)) == 1


@pytest.mark.parametrize("mode", ["MESSAGE", "FILE"])
def test_compressed_bags(tmp_path, mode):
    compressed = Writer(tmp_path / "packed", version=8)
    compressed.set_compression(CompressionMode[mode], CompressionFormat.ZSTD)
    with compressed:
        topics = {}
        for received_ns, topic, value in drive(bags.mount(), tf_drive()):
            if topic not in topics:
                topics[topic] = compressed.add_connection(topic, value.__msgtype__, typestore=bags.STORE)
            compressed.write(topics[topic], received_ns, bags.cdr(value))
    found = frames(tmp_path / "packed")
    assert_on_circle(found)
    np.testing.assert_array_equal(found[4].load_image(), bags.pixels(4))


def test_of_raw_and_compressed_images_of_one_camera_the_raw_are_taken(tmp_path):
    both = bags.camera_part()
    both += [(s, "/cam/image_raw/compressed", bags.compressed(s, b"")) for s, t, _ in both if t == "/cam/image_raw"]
    both += [(s, "/cam/depth/image_raw", bags.image(s, bags.pixels(0))) for s, _, _ in both[:1]]
    assert_on_circle(frames(bags.write(tmp_path / "bag", bags.ordered(both, bags.mount(), tf_drive()))))


def test_the_frame_of_the_camera_may_be_told(tmp_path):
    recorded = drive(bags.mount(camera="real_cam"), tf_drive())
    bag = bags.write(tmp_path / "bag", recorded)
    with pytest.raises(BagPoseError, match=r"\(cam\)"):
        frames(bag)
    assert_on_circle(frames(bag, camera_frame="real_cam"))
