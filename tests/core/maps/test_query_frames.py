"""What an input is: by its name, and by what is inside."""

from __future__ import annotations

import pytest
from support import folders

from reloc.maps.query_frames import kind_of_input, query_input


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        ([], "images"),
        (["a.png"], "images"),
        (["a.png", "metadata.yaml"], "images"),  # somebody's notes beside images
        (["a.JPG", "drive.mcap"], "images"),
        (["metadata.yaml"], "images"),
        (["drive_0.mcap"], "rosbag2"),
        (["drive_0.db3", "metadata.yaml"], "rosbag2"),
    ],
)
def test_folders(tmp_path, names, kind):
    for name in names:
        (tmp_path / name).write_bytes(b"about: these images")
    assert kind_of_input(tmp_path) == kind


def test_a_bag_whose_files_are_gone_is_a_bag(tmp_path):
    (tmp_path / "metadata.yaml").write_text("rosbag2_bagfile_information:\n  version: 9\n")
    assert kind_of_input(tmp_path) == "rosbag2"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.MP4", "video"),
        ("a.mcap", "rosbag2"),
        ("a.db3", "rosbag2"),
        ("a.png", "image"),
        ("a" * 300, "image"),
        ("a", "image"),
    ],
)
def test_files(tmp_path, name, kind):
    assert kind_of_input(tmp_path / name) == kind


def test_images_of_several_sizes_and_poses_are_not_asked_for(tmp_path):
    folders.write_colour(tmp_path / "a.png", 1)
    folders.write_colour(tmp_path / "b.png", 2, 32, 24)
    found = query_input(tmp_path)
    assert [frame.name for frame in found.frames] == [str(tmp_path / "a.png"), str(tmp_path / "b.png")]
    assert all(frame.world_from_cam is None and frame.camera is None for frame in found.frames)
