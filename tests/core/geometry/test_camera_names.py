"""Distortion models by their other names and numbers; intrinsics that no lens has; rectified images."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from reloc.errors import CameraError
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.colmap_convention import camera_from_colmap, colmap_from_camera
from reloc.geometry.rational_fit import nearest_rational

K = [525.0, 0, 320.0, 0, 520.0, 240.0, 0, 0, 1]
R8 = [0.78, -2.98, 7e-4, 5e-5, 1.7, 0.66, -2.81, 1.63]
PRISM = [1e-3, 2e-4, -1e-3, 3e-4]


@pytest.mark.parametrize(
    ("name", "d", "model", "count"),
    [
        ("fisheye", R8[:4], DistortionModel.EQUIDISTANT, 4),
        ("Kannala-Brandt", R8[:4], DistortionModel.EQUIDISTANT, 4),
        ("EQUIDISTANT", [*R8[:4], 0.0], DistortionModel.EQUIDISTANT, 4),
        ("radtan", R8[:4], DistortionModel.PLUMB_BOB, 5),
        ("Plumb Bob", R8[:5], DistortionModel.PLUMB_BOB, 5),
        ("plumb_bob", R8, DistortionModel.RATIONAL, 8),
        ("plumb_bob", R8 + PRISM, DistortionModel.RATIONAL, 12),
        ("rational_polynomial", R8[:5], DistortionModel.PLUMB_BOB, 5),
        ("rational_polynomial", R8[:4], DistortionModel.PLUMB_BOB, 5),
        ("rational_polynomial", R8 + PRISM, DistortionModel.RATIONAL, 12),
        ("rational_polynomial", [*R8, *PRISM, 0.0, 0.0], DistortionModel.RATIONAL, 12),
        ("rational_polynomial", [*R8, *PRISM, 0.01, -0.005], DistortionModel.RATIONAL, 14),
    ],
)
def test_names_and_numbers(name, d, model, count):
    camera = Camera.from_camera_info(640, 480, K, d, name)
    assert (camera.model, len(camera.distortion)) == (model, count)
    uv = camera.project([[0.1, -0.1, 1.0]])
    np.testing.assert_allclose(camera.normalize(uv), [[0.1, -0.1]], atol=1e-6)
    assert Camera.from_dict(camera.to_dict()) == camera


@pytest.mark.parametrize(
    ("name", "d"),
    [("fisheye", R8), ("plumb_bob", R8[:6]), ("plumb_bob", R8[:3]), ("fov", [0.9]), ("inverse_brown_conrady", R8[:5])],
)
def test_names_and_numbers_that_are_none(name, d):
    with pytest.raises(CameraError):
        Camera.from_camera_info(640, 480, K, d, name)


def changed(**values):
    return [values.get(f"k{i}", v) for i, v in enumerate(K)]


@pytest.mark.parametrize(
    ("k", "words"),
    [
        (changed(k8=0), r"last row is \[0.0, 0.0, 0.0\]"),
        (changed(k8=2), "no camera matrix"),
        (changed(k6=1), "no camera matrix"),
        (changed(k3=5), r"K\[3\] = 5"),
        (changed(k0=1100), "fx=1100 and fy=520"),
        (changed(k4=1), "over 2 times"),
        (changed(k2=641), "outside|not inside"),
        (changed(k5=-3), "not inside the image"),
        (changed(k2=0, k5=0), r"\(0, 0\), not inside"),
    ],
)
def test_intrinsics_that_no_lens_has(k, words):
    with pytest.raises(CameraError, match=words) as caught:
        Camera.from_camera_info(640, 480, k)
    assert "--camera" in str(caught.value)


def test_a_crop_may_have_its_principal_point_outside():
    camera = Camera.from_camera_info(640, 480, K, roi=(400, 0, 200, 100))
    assert camera.cx == -80.0
    assert Camera.from_dict(camera.to_dict()) == camera


def test_a_rectified_image_has_p_and_no_distortion():
    p = [400.0, 0, 310.0, -20.0, 0, 401.0, 235.0, 0, 0, 0, 1, 0]
    camera = Camera.from_camera_info(640, 480, K, R8[:5], "plumb_bob", (2, 2), rectified_p=p)
    assert camera == Camera(640, 480, 400.0, 401.0, 310.0, 235.0).binned(2, 2)
    with pytest.raises(CameraError, match="has no P"):
        Camera.from_camera_info(640, 480, K, rectified_p=[0.0] * 12)


@pytest.mark.parametrize(
    ("model", "params", "distortion"),
    [
        ("SIMPLE_FISHEYE", (300, 320, 240), (0, 0, 0, 0)),
        ("FISHEYE", (300, 301, 320, 240), (0, 0, 0, 0)),
        ("SIMPLE_RADIAL_FISHEYE", (300, 320, 240, 0.01), (0.01, 0, 0, 0)),
        ("RADIAL_FISHEYE", (300, 320, 240, 0.01, 0.001), (0.01, 0.001, 0, 0)),
        ("OPENCV_FISHEYE", (300, 301, 320, 240, 0, 0, 0, 0), (0, 0, 0, 0)),
    ],
)
def test_colmap_fisheyes(model, params, distortion):
    """With zeros, too: a fisheye without coefficients is no pinhole."""
    camera = camera_from_colmap(model, 640, 480, params)
    assert (camera.model, camera.distortion) == (DistortionModel.EQUIDISTANT, distortion)
    assert camera_from_colmap(colmap_from_camera(camera)[0], 640, 480, colmap_from_camera(camera)[1]) == camera
    ray = [np.sin(0.7), 0.0, np.cos(0.7)]
    radius = 0.7 * (1 + sum(k * 0.7 ** (2 * i) for i, k in enumerate(distortion, 1)))
    np.testing.assert_allclose(camera.project([ray])[0, 0], camera.cx + camera.fx * radius)


@pytest.mark.parametrize("extra", [PRISM, [*PRISM, 0.005, 0.0]])
def test_a_thin_prism_is_near_to_a_camera_that_colmap_has(extra):
    camera = Camera(640, 480, 525.0, 525.0, 320.0, 240.0, DistortionModel.RATIONAL, (*R8, *extra))
    assert colmap_from_camera(camera)[0] == "FULL_OPENCV"
    uv = np.array([[5.0, 5.0], [320.0, 470.0], [630.0, 240.0]])
    points = np.column_stack([camera.normalize(uv), np.ones(3)])
    assert np.abs(nearest_rational(camera).project(points) - uv).max() < 1.0
    with pytest.raises(CameraError, match="COLMAP has no camera"):
        nearest_rational(dataclasses.replace(camera, distortion=(*R8, *PRISM, 0.2, 0.1)))
