"""12-Scenes folders."""

from __future__ import annotations

import numpy as np
import pytest
from support import folders

from reloc.errors import CameraError, MapEmptyError, PoseError, SourceError
from reloc.maps.source import SourceOptions, open_source

COLOUR = "50 0 30.5 0  0 51 22.5 0  0 0 1 0  0 0 0 1"
DEPTH = "25 0 15.5 0  0 25 11.5 0  0 0 1 0  0 0 0 1"


@pytest.fixture
def room(tmp_path):
    for i in range(5):
        folders.write_colour(tmp_path / f"data/frame-{i:06d}.color.png", i)
        folders.write_pose(tmp_path / f"data/frame-{i:06d}.pose.txt", folders.pose(i))
    folders.write_depth(tmp_path / "data/frame-000003.depth.png", np.full((24, 32), 2500))
    (tmp_path / "data/frame-000004.pose.txt").write_text("-inf " * 15 + "1")
    (tmp_path / "split.txt").write_text(
        "sequence0 [frames=2]  [start=0 ; end=1]\nsequence1 [frames=3]  [start=2 ; end=4]\n"
    )
    (tmp_path / "info.txt").write_text(
        f"m_colorWidth = 64\nm_depthShift = 1000\nm_calibrationColorIntrinsic = {COLOUR} \n"
        f"m_calibrationDepthIntrinsic = {DEPTH} \n"
    )
    return tmp_path


def source(path, **options):
    return open_source("12scenes", path, SourceOptions(**options))


def test_splits_camera_and_lost_frames(room):
    train = source(room)
    found = train.frames("train")
    assert [f.name for f in found] == ["frame-000002", "frame-000003"]
    assert train.notes == ["1 of 3 frames left out: the data set marks their poses as lost"]
    assert [f.name for f in train.frames("test")] == ["frame-000000", "frame-000001"]
    assert train.notes == []
    assert len(train.frames("all")) == 4
    camera = found[0].camera
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (50, 51, 30.5, 22.5)
    np.testing.assert_allclose(found[0].world_from_cam, folders.pose(2), atol=1e-12)
    np.testing.assert_array_equal(found[0].load_image(), folders.colour(2))


def test_depth_is_registered(room):
    depth = source(room).frames("train")[1].load_depth()
    assert depth.metres[3, 3] == np.float32(2.5)
    assert (depth.camera.width, depth.camera.fx) == (32, 25)
    np.testing.assert_array_equal(depth.cam_from_depth, np.eye(4))


def test_without_info(room):
    (room / "info.txt").unlink()
    with pytest.raises(CameraError, match="--camera"):
        source(room).frames("train")
    found = source(room, camera="50,50,31.5,23.5").frames("train")
    assert found[1].load_depth().camera == found[1].camera.scaled(32, 24)


def test_bad_folders(room):
    (room / "split.txt").write_text("sequence0\n")
    with pytest.raises(SourceError, match="names no frames"):
        source(room).frames("train")
    (room / "info.txt").write_text("m_calibrationColorIntrinsic = 1 2 3\n")
    with pytest.raises(SourceError, match="has 3 numbers"):
        source(room).frames("all")
    folders.write_pose(room / "data/frame-000003.pose.txt", 2 * np.eye(4))
    (room / "info.txt").unlink()
    with pytest.raises(PoseError, match="frame-000003 is not a rotation"):
        source(room, camera="50").frames("all")


def test_all_lost(room):
    for i in range(5):
        (room / f"data/frame-{i:06d}.pose.txt").write_text("-inf " * 16)
    with pytest.raises(MapEmptyError):
        source(room).frames("all")
