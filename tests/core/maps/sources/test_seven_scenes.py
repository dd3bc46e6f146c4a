"""7-Scenes folders, and every way in which one can be wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
from support import folders

from reloc.errors import CameraError, ConfigError, ImageError, MapEmptyError, PoseError, SourceError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.maps.depth import register
from reloc.maps.source import SourceOptions, open_source


@pytest.fixture
def scene(tmp_path):
    """Two sequences of three frames; the first frame has depth."""
    for s, count in ((1, 3), (2, 3)):
        for i in range(count):
            stem = tmp_path / f"seq-{s:02d}" / f"frame-{i:06d}"
            folders.write_colour(stem.with_suffix(".color.png"), 10 * s + i)
            folders.write_pose(stem.with_suffix(".pose.txt"), folders.pose(10 * s + i))
    depth = np.full((folders.HEIGHT, folders.WIDTH), 1500)
    depth[0, :3] = 0, 65535, 800
    folders.write_depth(tmp_path / "seq-01/frame-000000.depth.png", depth)
    (tmp_path / "TrainSplit.txt").write_text("sequence1\n")
    (tmp_path / "TestSplit.txt").write_text("sequence2 \n")
    return tmp_path


def frames(path, split="train", **options):
    return open_source("7scenes", path, SourceOptions(**{"camera": "60", **options})).frames(split)


def test_splits_names_poses_and_images(scene):
    found = frames(scene)
    assert [f.name for f in found] == ["seq-01/frame-000000", "seq-01/frame-000001", "seq-01/frame-000002"]
    assert [f.name for f in frames(scene, "test")] == [f"seq-02/frame-00000{i}" for i in range(3)]
    assert len(frames(scene, "all")) == 6
    np.testing.assert_allclose(found[2].world_from_cam, folders.pose(12), atol=1e-12)
    np.testing.assert_array_equal(found[2].load_image(), folders.colour(12))
    assert found[2].image_file == scene / "seq-01/frame-000002.color.png"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"camera": "60"}, (60, 60, 31.5, 23.5)),
        ({"camera": "60,32,24"}, (60, 60, 31.5, 23.5)),  # the authors count from the corner
        ({"camera": "60,61,32,24", "camera_origin": "centre"}, (60, 61, 32, 24)),
    ],
)
def test_camera_told(scene, options, expected):
    camera = frames(scene, **options)[0].camera
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == expected
    assert (camera.width, camera.height) == (folders.WIDTH, folders.HEIGHT)


def test_camera_beside_the_images(scene):
    camera = Camera(folders.WIDTH, folders.HEIGHT, 70, 71, 30, 20)
    (scene / "camera.json").write_text(json.dumps(camera.to_dict()))
    assert frames(scene, camera="")[0].camera == camera
    assert frames(scene, camera=str(scene / "camera.json"))[0].camera == camera


def test_the_data_set_has_a_camera_only_for_its_own_size(tmp_path, scene):
    with pytest.raises(CameraError, match="No camera is known"):
        frames(scene, camera="")
    stem = tmp_path / "full" / "seq-01" / "frame-000000"
    folders.write_colour(stem.with_suffix(".color.png"), 1, 640, 480)
    folders.write_pose(stem.with_suffix(".pose.txt"), folders.pose(1))
    camera = frames(tmp_path / "full", "all", camera="")[0].camera
    assert (camera.fx, camera.cx, camera.cy) == (525.0, 319.5, 239.5)


@pytest.mark.parametrize("text", ["60,60", "sixty", "0", "nan", "60,60,nan,2", "missing.json"])
def test_camera_that_is_none(scene, text):
    with pytest.raises(CameraError):
        frames(scene, camera=text)


def test_camera_of_another_size(scene):
    (scene / "camera.json").write_text(json.dumps(Camera(640, 480, 500, 500, 320, 240).to_dict()))
    with pytest.raises(CameraError, match=r"640 x 480, but the images in .* are 64 x 48"):
        frames(scene, camera="")


def test_depth(scene):
    found = frames(scene, depth_camera="80,32,24")
    depth = found[0].load_depth()
    assert found[1].load_depth() is None
    np.testing.assert_array_equal(depth.metres[0, :4], np.float32([0, 0, 0.8, 1.5]))
    assert (depth.camera.fx, depth.camera.cx) == (80, 31.5)
    np.testing.assert_array_equal(depth.cam_from_depth[:3, 3], [-0.0256, 0, 0])
    # Seen from the colour camera, 25.6 mm to the right of it, what is at z = 1.5 m lies to the left.
    seen = register(depth, found[0].camera)
    _, u = np.nonzero(seen == np.float32(1.5))
    half_width, shift = 31.5 / 80 * 60, 0.0256 / 1.5 * 60
    assert (u.min(), u.max()) == (round(31.5 - half_width - shift), round(31.5 + half_width - shift))


def test_depth_offset_told(scene):
    depth = frames(scene, depth_camera="50", depth_offset="0.1,0,-0.2", depth_scale=2000.0)[0].load_depth()
    np.testing.assert_array_equal(depth.cam_from_depth[:3, 3], [0.1, 0, -0.2])
    assert depth.metres[5, 5] == np.float32(0.75)
    with pytest.raises(ConfigError, match=r"depth_offset='0\.1'"):
        frames(scene, depth_offset="0.1")


def test_poses_of_the_depth_camera(scene):
    """The colour camera's centre is then 25.6 mm along the depth camera's x."""
    found = frames(scene, poses_of="depth")[1]
    expected = transforms.transform(folders.pose(11), [[0.0256, 0, 0]])[0]
    np.testing.assert_allclose(found.world_from_cam[:3, 3], expected, atol=1e-12)


def test_depth_that_is_none(scene):
    folders.write_colour(scene / "seq-01/frame-000001.depth.png", 3)
    (scene / "seq-01/frame-000002.depth.png").write_bytes(b"\x89PNG")
    found = frames(scene)
    with pytest.raises(ImageError, match="one channel of 16 bit"):
        found[1].load_depth()
    with pytest.raises(ImageError, match="is no image"):
        found[2].load_depth()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "0 numbers"),
        ("1 0 0 0  0 1 0 0  0 0 1 0", "12 numbers"),
        ("1 0 0 0  0 1 0 0  0 0 1 x  0 0 0 1", "not a pose"),
        ("2 0 0 0  0 2 0 0  0 0 2 0  0 0 0 1", "seq-01/frame-000001 is no rotation"),
        ("1 0 0 0  0 1 0 0  0 0 -1 0  0 0 0 1", "no rotation"),
        ("nan 0 0 0  0 1 0 0  0 0 1 0  0 0 0 1", "not finite"),
        ("1 0 0 inf  0 1 0 0  0 0 1 0  0 0 0 1", "not finite"),
        ("1 0 0 0  0 1 0 0  0 0 1 0  1 2 3 4", "last row"),
    ],
)
def test_bad_poses(scene, text, words):
    (scene / "seq-01/frame-000001.pose.txt").write_text(text)
    with pytest.raises(PoseError, match=words):
        frames(scene)


def test_missing_pose(scene):
    (scene / "seq-01/frame-000001.pose.txt").unlink()
    with pytest.raises(PoseError, match=r"frame-000001\.pose\.txt is not a pose: it is missing"):
        frames(scene)


def test_a_pose_of_another_frame(scene):
    folders.write_pose(scene / "seq-01/frame-000002.pose.txt", folders.pose(10))
    with pytest.raises(PoseError, match=r"seq-01/frame-000002 has exactly the pose of seq-01/frame-000000"):
        frames(scene)
    assert len(frames(scene, allow_duplicates=True)) == 3


def test_a_camera_that_stood_still_for_a_moment(scene):
    folders.write_pose(scene / "seq-01/frame-000001.pose.txt", folders.pose(10))
    assert len(frames(scene)) == 3


def test_all_at_one_pose(scene):
    for i in range(3):
        folders.write_pose(scene / f"seq-01/frame-00000{i}.pose.txt", np.eye(4))
    with pytest.raises(PoseError, match="All 3 frames"):
        frames(scene)


def test_a_frame_that_stands_twice(scene):
    folders.write_colour(scene / "seq-01/frame-000001.color.jpg", 1)
    with pytest.raises(PoseError, match=r"frame-000001\.color"):
        frames(scene)
    (scene / "seq-01/frame-000001.color.jpg").unlink()
    (scene / "TrainSplit.txt").write_text("sequence1\nsequence1\n")
    with pytest.raises(PoseError, match="lists seq-01/frame-000000 twice"):
        frames(scene)


def test_a_broken_image_is_met_when_it_is_loaded(scene):
    (scene / "seq-01/frame-000001.color.png").write_bytes(b"\x89PNG\r\n")
    with pytest.raises(ImageError):
        frames(scene)[1].load_image()


@pytest.mark.parametrize(
    ("split", "content", "words"),
    [
        ("train", "kitchen\n", "says 'kitchen'"),
        ("train", "sequence7\n", "seq-07 does not exist"),
        ("train", None, "TrainSplit.txt is missing"),
        ("val", "", "no split 'val'"),
    ],
)
def test_bad_splits(scene, split, content, words):
    if content is None:
        (scene / "TrainSplit.txt").unlink()
    else:
        (scene / "TrainSplit.txt").write_text(content)
    with pytest.raises(SourceError, match=words):
        frames(scene, split)


def test_nothing_there(tmp_path):
    with pytest.raises(SourceError, match="does not exist"):
        frames(tmp_path / "nowhere")
    with pytest.raises(SourceError, match="No folder seq-01"):
        frames(tmp_path, "all")
    (tmp_path / "seq-01").mkdir()
    with pytest.raises((SourceError, MapEmptyError), match="No frame"):
        frames(tmp_path, "all")


def test_real_data(data_dir):
    if not (data_dir / "redkitchen").is_dir():
        pytest.skip("redkitchen is not there")
    found = frames(data_dir / "redkitchen", camera="")
    assert len(found) == 500
    assert found[0].camera.fx == 525.0
    assert found[0].load_image().shape == (480, 640, 3)
    depth = found[0].load_depth()
    assert depth is not None
    assert 0.3 < np.median(depth.metres[depth.metres > 0]) < 5.0
    assert found[1].load_depth() is None
    assert (register(depth, found[0].camera) > 0).mean() > 0.5
