"""TUM RGB-D sequences: poses between the stamps of the ground truth, depth beside them."""

from __future__ import annotations

import numpy as np
import pytest
from support import folders

from reloc.errors import CameraError, PoseError, SourceError
from reloc.geometry import transforms
from reloc.maps.source import SourceOptions, open_source

START = 1305031102


def pose_at(seconds):
    return transforms.make(transforms.so3_exp([0, 0.5 * seconds, 0]), [seconds, 0.0, 2.0])


def truth_line(seconds, pose=None):
    pose = pose_at(seconds) if pose is None else pose
    numbers = [*pose[:3, 3], *transforms.to_quaternion(pose)]
    return f"{START + seconds:.4f} " + " ".join(f"{n:.9f}" for n in numbers) + "\n"


@pytest.fixture
def sequence(tmp_path):
    """Images at 0.05, 0.15, ... s; ground truth at 0, 0.1, ... 0.4 s: the last image is after it."""
    folder = tmp_path / "rgbd_dataset_freiburg2_desk"
    names = []
    for i in range(5):
        name = f"{START + 0.05 + 0.1 * i:.6f}"
        folders.write_colour(folder / "rgb" / f"{name}.png", i)
        names.append(name)
    (folder / "rgb.txt").write_text("# color images\n" + "".join(f"{n} rgb/{n}.png\n" for n in names))
    folders.write_depth(folder / "depth/0.png", np.full((folders.HEIGHT, folders.WIDTH), 10000))
    (folder / "depth.txt").write_text(f"# depth\n{START + 0.16:.6f} depth/0.png\n")
    truth = "".join(truth_line(0.1 * i) for i in range(5))
    (folder / "groundtruth.txt").write_text("# timestamp tx ty tz qx qy qz qw\n" + truth)
    return folder


def frames(path, **options):
    return open_source("tum", path, SourceOptions(**{"camera": "60", **options})).frames("train")


def test_poses_are_interpolated(sequence):
    source = open_source("tum", sequence, SourceOptions(camera="60"))
    found = source.frames("all")
    assert len(found) == 4
    assert source.notes == ["1 of 5 images left out: no pose near their stamp"]
    for i, frame in enumerate(found):
        np.testing.assert_allclose(frame.world_from_cam, pose_at(0.05 + 0.1 * i), atol=1e-6)
        np.testing.assert_array_equal(frame.load_image(), folders.colour(i))
    assert found[1].stamp_ns == START * 10**9 + 150_000_000


def test_depth_is_that_of_the_nearest_stamp(sequence):
    found = frames(sequence)
    depth = found[1].load_depth()
    assert depth.metres[0, 0] == np.float32(2.0)
    assert depth.camera == found[1].camera  # registered
    assert found[0].load_depth() is None


def test_intrinsics_of_the_series(tmp_path, sequence):
    with pytest.raises(CameraError, match="--camera"):  # the images here are not 640 x 480
        frames(sequence, camera="")
    name = (sequence / "rgb.txt").read_text().split()[-1]
    for i, file in enumerate(sorted((sequence / "rgb").iterdir())):
        folders.write_colour(file, i, 640, 480)
    camera = frames(sequence, camera="")[0].camera
    assert name
    assert (camera.fx, camera.cy, camera.distortion[0]) == (520.9, 249.7, 0.2312)


@pytest.mark.parametrize(
    ("truth", "error", "words"),
    [
        ("", SourceError, "0 poses"),
        ("1305031102.1 1 2 3\n", SourceError, "has 4 columns: '1305031102.1 1 2 3'"),
        ("1305031102.1 1 2 3 0 0 zero 1\n", SourceError, "tx ty tz qx qy qz qw"),
        ("1305031102.1 1 2 3 0 0 0 0\n", PoseError, "length 0"),
        ("1305031102.1 1 2 3 0 0 0 5\n", PoseError, "length 5"),
        ("1305031102.1 1 2 nan 0 0 0 1\n", PoseError, "not finite"),
        (truth_line(9.0) + truth_line(9.1), SourceError, "No image"),
        (truth_line(0.2) + truth_line(0.1), PoseError, "out of order"),
        (truth_line(0.2) + truth_line(0.2, pose_at(0.3)), PoseError, "twice"),
    ],
)
def test_bad_ground_truth(sequence, truth, error, words):
    (sequence / "groundtruth.txt").write_text(truth)
    with pytest.raises(error, match=words):
        frames(sequence)


def test_missing_files(sequence):
    (sequence / "rgb.txt").unlink()
    with pytest.raises(SourceError, match=r"rgb\.txt is missing"):
        frames(sequence)
