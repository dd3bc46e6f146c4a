"""Cambridge Landmarks: the rotation in the list goes from the world to the camera."""

from __future__ import annotations

import numpy as np
import pytest
from support import folders

from reloc.errors import CameraError, MapEmptyError, PoseError, SourceError
from reloc.geometry import transforms
from reloc.maps.source import SourceOptions, open_source

HEADING = "Visual Landmark Dataset V1\nImageFile, Camera Position [X Y Z W P Q R]\n\n"


def line(index):
    """As the authors write it: centre, then qw qx qy qz of the rotation from the world to the camera."""
    world_from_cam = folders.pose(index)
    x, y, z, w = transforms.to_quaternion(transforms.inverse(world_from_cam))
    centre = " ".join(f"{v:.9f}" for v in world_from_cam[:3, 3])
    return f"seq1/frame{index:05d}.png {centre} {w:.9f} {x:.9f} {y:.9f} {z:.9f}\n"


@pytest.fixture
def landmark(tmp_path):
    for i in range(4):
        folders.write_colour(tmp_path / f"seq1/frame{i:05d}.png", i)
    (tmp_path / "dataset_train.txt").write_text(HEADING + line(0) + line(1))
    (tmp_path / "dataset_test.txt").write_text(HEADING + line(2) + line(3))
    rows = "".join(f"seq1/frame{i:05d}.jpg {60 + i} 1 0 0 0 0 0 0 0 0\n" for i in range(3))
    (tmp_path / "reconstruction.nvm").write_text(f"NVM_V3\n\n3\n{rows}\n0\n")
    return tmp_path


def frames(path, split="train", **options):
    return open_source("cambridge", path, SourceOptions(**options)).frames(split)


def test_poses_cameras_and_images(landmark):
    found = frames(landmark)
    assert [f.name for f in found] == ["seq1/frame00000.png", "seq1/frame00001.png"]
    for i, frame in enumerate(found):
        np.testing.assert_allclose(frame.world_from_cam, folders.pose(i), atol=1e-7)
        np.testing.assert_array_equal(frame.load_image(), folders.colour(i))
        assert (frame.camera.fx, frame.camera.cx, frame.camera.cy) == (60 + i, 31.5, 23.5)
    assert len(frames(landmark, "all", camera="70")) == 4
    assert frames(landmark, "test", camera="70")[1].camera.fx == 70


def test_an_image_without_focal_length(landmark):
    with pytest.raises(CameraError, match="--camera"):
        frames(landmark, "test")


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        (HEADING, MapEmptyError, "no frame"),
        ("seq1/frame00000.png 1 2 3\n", SourceError, "says 'seq1/frame00000.png 1 2 3'"),
        ("seq1/frame00000.png 1 2 3 2 0 0 0\n", PoseError, "length 2"),
        ("seq1/frame00000.png 1 2 nan 1 0 0 0\n", PoseError, "not finite"),
        (line(0) + line(0), PoseError, "twice"),
        (line(0) + line(1) + line(0).replace("00000.png", "00002.png"), PoseError, "exactly the pose"),
    ],
)
def test_bad_lists(landmark, text, error, words):
    (landmark / "dataset_train.txt").write_text(text)
    with pytest.raises(error, match=words):
        frames(landmark)


def test_bad_files(landmark):
    (landmark / "reconstruction.nvm").write_text("NVM_V3\n\n3\nseq1/frame00000.jpg wide\n")
    with pytest.raises(SourceError, match="not an NVM model"):
        frames(landmark)
    (landmark / "dataset_train.txt").unlink()
    with pytest.raises(SourceError, match=r"dataset_train\.txt is missing"):
        frames(landmark)
