"""COLMAP models, text and binary, as COLMAP itself writes them."""

from __future__ import annotations

import numpy as np
import pytest
from support import folders

from reloc.errors import CameraError, MapEmptyError, PoseError, SourceError
from reloc.geometry import transforms
from reloc.maps.source import SourceOptions, open_source

pycolmap = pytest.importorskip("pycolmap")


def image_lines(index, pose=None):
    pose = folders.pose(index) if pose is None else pose
    cam_from_world = transforms.inverse(pose)
    x, y, z, w = transforms.to_quaternion(cam_from_world)
    t = " ".join(f"{v:.12f}" for v in cam_from_world[:3, 3])
    return f"{index + 1} {w:.12f} {x:.12f} {y:.12f} {z:.12f} {t} 1 room/{index}.png\n\n"


@pytest.fixture
def model(tmp_path):
    sparse = tmp_path / "sparse" / "0"
    sparse.mkdir(parents=True)
    (sparse / "cameras.txt").write_text(f"1 OPENCV {folders.WIDTH} {folders.HEIGHT} 60 61 32 24 0.1 -0.01 0 0\n")
    (sparse / "images.txt").write_text("".join(image_lines(i) for i in (0, 10, 2)))
    (sparse / "points3D.txt").write_text("")
    for i in (0, 2, 10):
        folders.write_colour(tmp_path / "images" / "room" / f"{i}.png", i)
    return tmp_path


def frames(path, **options):
    return open_source("colmap", path, SourceOptions(**options)).frames("train")


@pytest.mark.parametrize("binary", [False, True])
def test_text_and_binary(model, binary):
    if binary:
        sparse = model / "sparse" / "0"
        reconstruction = pycolmap.Reconstruction(sparse)
        for file in sparse.iterdir():
            file.unlink()
        reconstruction.write_binary(sparse)
    found = frames(model)
    assert [f.name for f in found] == ["room/0.png", "room/2.png", "room/10.png"]
    for i, frame in zip((0, 2, 10), found, strict=True):
        np.testing.assert_allclose(frame.world_from_cam, folders.pose(i), atol=1e-9)
        np.testing.assert_array_equal(frame.load_image(), folders.colour(i))
    camera = found[0].camera
    assert (camera.fx, camera.fy, camera.cx, camera.cy) == (60, 61, 31.5, 23.5)
    assert camera.distortion[:2] == (0.1, -0.01)


def test_the_model_and_the_images_may_lie_apart(model, tmp_path):
    (model / "images").rename(tmp_path / "photos")
    with pytest.raises(SourceError, match="--images"):
        frames(model)
    assert len(frames(model / "sparse" / "0", images=str(tmp_path / "photos"))) == 3


def test_duplicate_poses(model):
    text = image_lines(0) + image_lines(1) + image_lines(2, folders.pose(0))
    (model / "sparse/0/images.txt").write_text(text)
    with pytest.raises(PoseError, match=r"room/2\.png has exactly the pose of room/0\.png"):
        frames(model)


def test_a_camera_model_that_cannot_be_read(model):
    (model / "sparse/0/cameras.txt").write_text("1 FOV 64 48 60 60 32 24 0.5\n")
    with pytest.raises(CameraError, match="FOV"):
        frames(model)


def test_an_empty_model(model):
    (model / "sparse/0/images.txt").write_text("")
    with pytest.raises(MapEmptyError):
        frames(model)


def test_no_model(tmp_path, model):
    with pytest.raises(SourceError, match="No cameras"):
        frames(model / "images")
    (model / "sparse/0/images.txt").unlink()
    with pytest.raises(SourceError, match=r"COLMAP model.*images.txt is missing"):
        frames(model)


def test_a_truncated_binary(model):
    sparse = model / "sparse" / "0"
    reconstruction = pycolmap.Reconstruction(sparse)
    for file in sparse.iterdir():
        file.unlink()
    reconstruction.write_binary(sparse)
    whole = {file: file.read_bytes() for file in sparse.iterdir()}
    for name in ("cameras.bin", "images.bin"):
        (sparse / name).write_bytes(whole[sparse / name][:40])
        with pytest.raises(SourceError, match=f"{name} is cut off or damaged: 40 bytes for"):
            frames(model)
        (sparse / name).write_bytes(whole[sparse / name])
    # COLMAP would read 2 ** 56 points behind the file's end.
    (sparse / "points3D.bin").write_bytes(bytes(7) + b"\1")
    with pytest.raises(SourceError, match=r"points3D\.bin is cut off or damaged"):
        frames(model)
    (sparse / "points3D.bin").write_bytes(whole[sparse / "points3D.bin"])
    assert len(frames(model)) == 3
