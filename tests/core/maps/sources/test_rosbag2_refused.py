"""Every way in which a bag can be bad: no poses, a clock that went back, no camera, damaged images, a file cut off."""

from __future__ import annotations

import numpy as np
import pytest
from support import bags
from support.bag_drives import STORAGES, drive, frames, tf_drive
from support.bags import at

from reloc.errors import (
    BagError,
    BagPoseError,
    BagTimeError,
    BagTruncatedError,
    CameraError,
    ImageError,
    MapEmptyError,
    PoseError,
)


def test_no_poses(tmp_path):
    with pytest.raises(BagPoseError, match=r"No poses for the camera .* /cam/image_raw"):
        frames(bags.write(tmp_path / "bag", drive(bags.mount())))


def test_poses_at_another_time(tmp_path):
    late = [(s + 100 * bags.SECOND, t, bags.tf(s + 100 * bags.SECOND, "map", "base_link", np.eye(4)))
            for s, t, _ in tf_drive()]  # fmt: skip
    with pytest.raises(BagPoseError, match="10 of 10 images have no pose"):
        frames(bags.write(tmp_path / "bag", drive(bags.mount(), late)))


def test_a_gap_is_not_bridged(tmp_path):
    sparse = [m for m in tf_drive() if m[0] in (at(0.0), at(1.2))]
    bag = bags.write(tmp_path / "bag", drive(bags.mount(), sparse))
    with pytest.raises(BagPoseError, match=r"over 0\.5 s are not bridged"):
        frames(bag)
    assert len(frames(bag, max_gap_s=2.0)) == 10


@pytest.mark.parametrize("storage", STORAGES)
def test_a_clock_that_was_set_back_while_recording(tmp_path, storage):
    """Sorted by stamp, two drives would lie shuffled, each image at a new time: only the order of writing tells."""
    again = [(s - bags.SECOND // 2 + 1000, t, bags.image(s - bags.SECOND // 2 + 1000, bags.pixels(99)))
             for s, t, _ in bags.camera_part() if t == "/cam/image_raw"]  # fmt: skip
    bag = bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive()) + again, storage)
    with pytest.raises(BagTimeError, match="clock that went back"):
        frames(bag)


def test_image_stamps_that_go_back_all_the_time(tmp_path):
    recorded = [(s, t, bags.image(at(2.0 - (s - bags.START_NS) / 1e9), bags.pixels(i)) if t.endswith("raw") else m)
                for i, (s, t, m) in enumerate(drive(bags.mount(), tf_drive()))]  # fmt: skip
    with pytest.raises(
        BagTimeError, match=r"9 of 10 images on /cam/image_raw cannot be used .9 of a stamp out of order"
    ):
        frames(bags.write(tmp_path / "bag", recorded))


def test_odometry_stamps_that_go_back(tmp_path):
    path = [(at(t), "/odom", bags.odometry(at(1.2 - t), bags.world_from_base(t))) for t in bags.times()]
    with pytest.raises(BagTimeError, match=r"24 of 25 poses on /odom cannot be used .24 out of order"):
        frames(bags.write(tmp_path / "bag", drive(bags.mount(), path)))


def test_quaternions_that_are_no_rotation(tmp_path):
    recorded = drive(bags.mount(), tf_drive())
    for message in [m for _, t, m in recorded if t == "/tf"][:2]:
        message.transforms[0].transform.rotation.w = 3.0
    with pytest.raises(PoseError, match=r"2 of 25 transforms .*quaternion of length.*--max-bad 8"):
        frames(bags.write(tmp_path / "bag", recorded))
    assert len(frames(tmp_path / "bag", max_bad=8.0)) == 9  # the first image was before the first good transform


def test_a_frame_with_two_parents(tmp_path):
    with pytest.raises(BagPoseError, match="two parents, map and odom"):
        frames(bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive(), tf_drive("odom"))))


def test_no_camera_info(tmp_path):
    recorded = [m for m in drive(bags.mount(), tf_drive()) if m[1] != "/cam/camera_info"]
    bag = bags.write(tmp_path / "bag", recorded)
    with pytest.raises(CameraError, match="no camera_info"):
        frames(bag)
    assert frames(bag, camera="30")[0].camera.fx == 30.0


@pytest.mark.parametrize("info", [{"width": 64}, {"f": 0.0}, {"f": float("nan")}])
def test_camera_info_that_does_not_fit(tmp_path, info):
    recorded = [(s, t, bags.camera_info(s, **info) if t.endswith("info") else m) for s, t, m in bags.camera_part()]
    with pytest.raises(CameraError):
        frames(bags.write(tmp_path / "bag", bags.ordered(recorded, bags.mount(), tf_drive())))


def test_a_damaged_image_is_met_when_it_is_loaded(tmp_path):
    recorded = drive(bags.mount(), tf_drive())
    first = next(m for _, t, m in recorded if t == "/cam/image_raw")
    first.data = first.data[:100]
    found = frames(bags.write(tmp_path / "bag", recorded))
    with pytest.raises(ImageError, match="cut off: 100 bytes"):
        found[0].load_image()
    assert found[1].load_image().shape == (bags.HEIGHT, bags.WIDTH, 3)


def test_no_images(tmp_path):
    with pytest.raises(BagError, match=r"no image topic.*/tf"):
        frames(bags.write(tmp_path / "bag", bags.ordered(bags.mount(), tf_drive())))


def test_a_topic_without_messages(tmp_path):
    from reloc.maps.bags.writer import BagWriter

    with BagWriter(tmp_path / "bag") as bag:
        bag.add_topic("/cam/image_raw", bags.IMAGE)
    with pytest.raises((BagError, MapEmptyError), match="no image topic"):
        frames(tmp_path / "bag")


@pytest.mark.parametrize("storage", STORAGES)
@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.9, 0.999])
def test_cut_off_in_the_middle(tmp_path, storage, share):
    bag = bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive()), storage)
    file = next(f for f in bag.iterdir() if f.suffix in (".db3", ".mcap"))
    data = file.read_bytes()
    file.write_bytes(data[: int(len(data) * share)])
    for place in (bag, file):
        with pytest.raises(BagTruncatedError):
            frames(place)


@pytest.mark.parametrize("storage", STORAGES)
def test_a_folder_in_place_of_the_storage(tmp_path, storage):
    bag = bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive()), storage)
    file = next(f for f in bag.iterdir() if f.suffix in (".db3", ".mcap"))
    file.unlink()
    with pytest.raises(BagError):
        frames(bag)
    file.mkdir()
    with pytest.raises(BagError):
        frames(bag)


def test_a_recording_that_was_not_closed(tmp_path):
    bag = bags.write(tmp_path / "bag", drive(bags.mount(), tf_drive()))
    (bag / "bag.db3-wal").write_bytes(b"messages")
    with pytest.raises(BagTruncatedError, match="still holds messages"):
        frames(bag)
    (bag / "bag.db3-wal").unlink()
    (bag / "metadata.yaml").unlink()
    with pytest.raises(BagTruncatedError, match="not closed"):
        frames(bag)


def test_no_bag(tmp_path):
    with pytest.raises(BagError, match="not a bag"):
        frames(tmp_path)
    (tmp_path / "old.bag").write_bytes(b"#ROSBAG V2.0")
    with pytest.raises(BagError, match="ROS 1"):
        frames(tmp_path / "old.bag")
