"""COLMAP's cameras: there and back, and the same pixels as pycolmap itself."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reloc.errors import CameraError
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.colmap_convention import camera_from_colmap, colmap_from_camera, colmap_from_uv, uv_from_colmap

PINHOLE = Camera(640, 480, 525.5, 520.0, 319.5, 239.5)


def distorted(model: DistortionModel, *d: float) -> Camera:
    return dataclasses.replace(PINHOLE, model=model, distortion=d)


CASES = [
    ("PINHOLE", PINHOLE),
    ("OPENCV", distorted(DistortionModel.PLUMB_BOB, -0.2, 0.05, 1e-3, -2e-3, 0.0)),
    ("FULL_OPENCV", distorted(DistortionModel.PLUMB_BOB, -0.2, 0.05, 1e-3, -2e-3, 0.01)),
    ("FULL_OPENCV", distorted(DistortionModel.RATIONAL, 0.45, -2.4, 3e-4, -1e-4, 1.4, 0.33, -2.25, 1.3)),
    ("OPENCV_FISHEYE", distorted(DistortionModel.EQUIDISTANT, 0.02, -0.01, 0.003, -5e-4)),
]
cases = pytest.mark.parametrize(("name", "camera"), CASES)


@cases
def test_round_trip(name: str, camera: Camera) -> None:
    model, params = colmap_from_camera(camera)
    assert model == name
    assert params[2:4] == (320.0, 240.0)  # the middle of the image, measured from its corner
    assert camera_from_colmap(model, 640, 480, params) == camera


@cases
def test_pixels_are_pycolmaps(name: str, camera: Camera) -> None:
    pycolmap = pytest.importorskip("pycolmap")
    model, params = colmap_from_camera(camera)
    theirs = pycolmap.Camera(model=model, width=640, height=480, params=list(params))
    xyz = np.random.default_rng(3).uniform([-0.5, -0.4, 1], [0.5, 0.4, 1.2], (50, 3))
    np.testing.assert_allclose(camera.project(xyz), uv_from_colmap(theirs.img_from_cam(xyz)), atol=1e-6)


@pytest.mark.parametrize(
    ("model", "params", "expected"),
    [
        ("SIMPLE_PINHOLE", (500, 320, 240), Camera(640, 480, 500, 500, 319.5, 239.5)),
        ("SIMPLE_RADIAL", (500, 320, 240, 0.1), (0.1, 0.0, 0.0, 0.0, 0.0)),
        ("SIMPLE_RADIAL", (500, 320, 240, 0), ()),
        ("RADIAL", (500, 320, 240, 0.1, -0.2), (0.1, -0.2, 0.0, 0.0, 0.0)),
        ("OPENCV", (500, 500, 320, 240, 0, 0, 0, 0), ()),
    ],
)
def test_models_that_are_only_read(model: str, params: tuple[float, ...], expected: Camera | tuple[float, ...]) -> None:
    camera = camera_from_colmap(model, 640, 480, params)
    if isinstance(expected, tuple):
        assert camera.distortion == expected
        assert camera.model is (DistortionModel.PLUMB_BOB if expected else DistortionModel.NONE)
    assert camera.pinhole == Camera(640, 480, 500, 500, 319.5, 239.5)


@pytest.mark.parametrize("model", ["FOV", "THIN_PRISM_FISHEYE", "DIVISION", "", "pinhole"])
def test_other_models_are_refused(model: str) -> None:
    with pytest.raises(CameraError, match="not supported"):
        camera_from_colmap(model, 640, 480, (500, 320, 240))


def test_wrong_number_of_parameters() -> None:
    with pytest.raises(CameraError, match="needs 4"):
        camera_from_colmap("PINHOLE", 640, 480, (500, 320, 240))


def test_half_a_pixel() -> None:
    np.testing.assert_array_equal(colmap_from_uv([[0, 0], [639, 479]]), [[0.5, 0.5], [639.5, 479.5]])
    np.testing.assert_array_equal(uv_from_colmap([0.5, 0.5]), [0, 0])
