"""Folders of plain images."""

from __future__ import annotations

import json

import numpy as np
import pytest
from support import folders

from reloc.errors import ImageError, MapEmptyError
from reloc.geometry.cameras import Camera
from reloc.maps.source import SourceOptions, open_source


def frames(path, **options):
    return open_source("images", path, SourceOptions(**options)).frames("test")


@pytest.fixture
def folder(tmp_path):
    for i, name in enumerate(("b10.png", "b9.png", "a/c.PNG", ".hidden/x.png")):
        folders.write_colour(tmp_path / name, i)
    (tmp_path / "notes.txt").write_text("no image")
    return tmp_path


def test_all_images_in_order(folder):
    found = frames(folder)
    assert [f.name for f in found] == ["a/c.PNG", "b9.png", "b10.png"]
    np.testing.assert_array_equal(found[1].load_image(), folders.colour(1))
    assert found[0].world_from_cam is None
    assert found[0].camera is None
    assert found[0].camera_for(found[0].load_image()) == Camera(64, 48, 76.8, 76.8, 31.5, 23.5)


def test_one_image(folder):
    assert [f.name for f in frames(folder / "b9.png")] == ["b9.png"]


def test_camera_told(folder):
    assert frames(folder, camera="60")[0].camera.fx == 60
    camera = Camera(64, 48, 70, 70, 30, 20)
    (folder / "camera.json").write_text(json.dumps(camera.to_dict()))
    assert frames(folder)[2].camera == camera
    assert frames(folder / "b9.png")[0].camera == camera


def test_no_image(tmp_path):
    with pytest.raises(MapEmptyError, match="no frame"):
        frames(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no image", b"\x89PNG\r\n\x1a\n"])
def test_a_broken_image_stops_nobody_else(folder, content):
    (folder / "b9.png").write_bytes(content)
    found = frames(folder)
    with pytest.raises(ImageError):
        found[1].load_image()
    assert found[2].load_image().shape == (48, 64, 3)
