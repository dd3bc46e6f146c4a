"""Cameras: rays and pixels agree, for every model, and after scaling, cropping and binning."""

from __future__ import annotations

import dataclasses
import json
import math

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reloc.errors import CameraError
from reloc.geometry.cameras import Camera, DistortionModel

PINHOLE = Camera(640, 480, 525.5, 520.0, 320.0, 238.5)
PLUMB_BOB = dataclasses.replace(
    PINHOLE, model=DistortionModel.PLUMB_BOB, distortion=(-0.21, 0.08, 0.001, -0.0005, -0.01)
)
RATIONAL = dataclasses.replace(
    PINHOLE, model=DistortionModel.RATIONAL, distortion=(0.45, -2.4, 3e-4, -1e-4, 1.4, 0.33, -2.25, 1.3)
)
FISHEYE = Camera(800, 800, 240.0, 241.0, 401.0, 398.0, DistortionModel.EQUIDISTANT, (0.02, -0.01, 0.003, -0.0005))
CAMERAS = [PINHOLE, PLUMB_BOB, RATIONAL, FISHEYE]
by_model = pytest.mark.parametrize("camera", CAMERAS, ids=lambda c: c.model.value)


@by_model
@given(x=st.floats(-0.6, 0.6), y=st.floats(-0.45, 0.45), z=st.floats(0.05, 100))
def test_normalize_inverts_project(camera: Camera, x: float, y: float, z: float) -> None:
    uv = camera.project([[x * z, y * z, z]])
    np.testing.assert_allclose(camera.normalize(uv), [[x, y]], atol=1e-8)
    np.testing.assert_allclose(camera.bearings(uv)[0], np.array([x, y, 1]) / math.sqrt(x * x + y * y + 1), atol=1e-8)
    np.testing.assert_allclose(camera.undistort(uv), camera.pinhole.project([[x, y, 1]]), atol=1e-5)


@given(angle=st.floats(0, math.radians(75)), around=st.floats(0, 2 * math.pi))
def test_fisheye_round_trip_to_75_degrees_off_axis(angle: float, around: float) -> None:
    ray = [math.sin(angle) * math.cos(around), math.sin(angle) * math.sin(around), math.cos(angle)]
    np.testing.assert_allclose(FISHEYE.bearings(FISHEYE.project([ray])), [ray], atol=1e-6)


def test_fisheye_is_kannala_brandt() -> None:
    theta = math.radians(60)
    radius = theta * (1 + sum(k * theta ** (2 * i) for i, k in enumerate(FISHEYE.distortion, start=1)))
    uv = FISHEYE.project([[math.sin(theta), 0, math.cos(theta)]])
    np.testing.assert_allclose(uv, [[FISHEYE.cx + FISHEYE.fx * radius, FISHEYE.cy]])


def test_plumb_bob_is_brown_conrady() -> None:
    x, y, (k1, k2, p1, p2, k3) = 0.3, -0.2, PLUMB_BOB.distortion
    r2 = x * x + y * y
    radial = 1 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    expected = [
        x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
        y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
    ]
    uv = PLUMB_BOB.project([[x, y, 1]])
    np.testing.assert_allclose((uv[0] - (PLUMB_BOB.cx, PLUMB_BOB.cy)) / (PLUMB_BOB.fx, PLUMB_BOB.fy), expected)


@by_model
def test_points_not_in_front_are_nan(camera: Camera) -> None:
    uv = camera.project([[0, 0, 1], [0.1, 0, 0], [0, 0, -1]])
    np.testing.assert_allclose(uv[0], [camera.cx, camera.cy])
    assert np.isnan(uv[1:]).all()


@by_model
def test_no_points(camera: Camera) -> None:
    assert camera.project(np.zeros((0, 3))).shape == (0, 2)
    assert camera.normalize(np.zeros((0, 2))).shape == (0, 2)
    assert camera.bearings(np.zeros((0, 2))).shape == (0, 3)


def test_a_pixel_without_a_ray_is_nan() -> None:
    barrel = dataclasses.replace(PLUMB_BOB, distortion=(-0.3, 0.0, 0.0, 0.0, 0.0))
    # r (1 - 0.3 r^2) grows to 0.703 at r = 1.054 and then folds back: no ray lands beyond it.
    uv = [[barrel.cx + 0.69 * barrel.fx, barrel.cy], [barrel.cx + 0.72 * barrel.fx, barrel.cy]]
    xy = barrel.normalize(uv)
    assert np.isfinite(xy[0]).all()
    assert np.isnan(xy[1]).all()


@by_model
@given(u=st.integers(0, 639), v=st.integers(0, 479))
def test_cropped_moves_pixels(camera: Camera, u: int, v: int) -> None:
    window = camera.cropped(100, 50, 300, 200)
    assert (window.width, window.height) == (300, 200)
    np.testing.assert_allclose(window.normalize([[u - 100, v - 50]]), camera.normalize([[u, v]]), atol=1e-9)


@by_model
@given(u=st.floats(180, 590), v=st.floats(180, 430), width=st.integers(10, 2000), height=st.integers(10, 2000))
def test_scaled_maps_pixel_areas(camera: Camera, u: float, v: float, width: int, height: int) -> None:
    small = camera.scaled(width, height)
    # A pixel's centre lies half a pixel inside its area, and areas scale.
    there = [(u + 0.5) * width / camera.width - 0.5, (v + 0.5) * height / camera.height - 0.5]
    np.testing.assert_allclose(small.normalize([there]), camera.normalize([[u, v]]), atol=1e-8)


def test_scaled_agrees_with_resizing_an_image() -> None:
    camera = Camera(80, 60, 70, 70, 41.25, 29.0)
    image = np.zeros((60, 80), np.float32)
    image[26:32, 40:46] = 1  # its centre of mass is (42.5, 28.5)
    small = cv2.resize(image, (40, 20), interpolation=cv2.INTER_AREA)
    v, u = (np.indices(small.shape) * small).sum(axis=(1, 2)) / small.sum()
    np.testing.assert_allclose(camera.scaled(40, 20).normalize([[u, v]]), camera.normalize([[42.5, 28.5]]), atol=1e-6)


@pytest.mark.parametrize(("bx", "by"), [(1, 1), (2, 2), (4, 2), (1, 3)])
def test_binned_averages_blocks(bx: int, by: int) -> None:
    binned = PLUMB_BOB.binned(bx, by)
    assert (binned.width, binned.height) == (640 // bx, 480 // by)
    centre_of_block = [[10 * bx + (bx - 1) / 2, 20 * by + (by - 1) / 2]]
    np.testing.assert_allclose(binned.normalize([[10, 20]]), PLUMB_BOB.normalize(centre_of_block), atol=1e-9)


def test_matrix_and_pinhole() -> None:
    np.testing.assert_array_equal(PINHOLE.matrix, [[525.5, 0, 320], [0, 520, 238.5], [0, 0, 1]])
    assert PLUMB_BOB.pinhole == PINHOLE


@by_model
def test_json_round_trip(camera: Camera) -> None:
    assert Camera.from_dict(json.loads(json.dumps(camera.to_dict()))) == camera


@pytest.mark.parametrize("drop", ["width", "fx", "cy"])
def test_from_dict_names_what_is_missing(drop: str) -> None:
    values = PINHOLE.to_dict()
    del values[drop]
    with pytest.raises(CameraError, match=drop):
        Camera.from_dict(values)


@pytest.mark.parametrize("change", [{"fx": "wide"}, {"width": None}, {"distortion": ["a"]}, {"fx": 0.0}])
def test_from_dict_refuses(change: dict[str, object]) -> None:
    with pytest.raises(CameraError):
        Camera.from_dict(PINHOLE.to_dict() | change)


@pytest.mark.parametrize("values", [[1, 2], "text", None, 5])
def test_from_dict_refuses_what_is_no_object(values: object) -> None:
    with pytest.raises(CameraError, match="width, height, fx, fy, cx and cy"):
        Camera.from_dict(values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"width": 0},
        {"height": -1},
        {"fx": 0.0},
        {"fy": -5.0},
        {"fx": math.nan},
        {"fy": math.inf},
        {"cx": math.nan},
        {"cy": math.inf},
        {"distortion": (0.1,)},
        {"model": DistortionModel.PLUMB_BOB, "distortion": (0.1, 0.2)},
        {"model": DistortionModel.EQUIDISTANT, "distortion": (0.1, math.nan, 0.0, 0.0)},
    ],
)
def test_bad_intrinsics_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(CameraError):
        dataclasses.replace(PINHOLE, **change)  # type: ignore[arg-type]


K = [525.5, 0, 320.0, 0, 520.0, 238.5, 0, 0, 1]


def test_camera_info_plain() -> None:
    assert Camera.from_camera_info(640, 480, K) == PINHOLE
    assert Camera.from_camera_info(640, 480, np.array(K), np.zeros(5), "plumb_bob") == PINHOLE
    assert Camera.from_camera_info(640, 480, K, [0, 0, 0, 0], "some_driver's_own") == PINHOLE  # zeros distort nothing


@pytest.mark.parametrize(
    ("name", "d", "model", "expected"),
    [
        ("plumb_bob", [0.1, 0.2, 0.01, 0.02], DistortionModel.PLUMB_BOB, (0.1, 0.2, 0.01, 0.02, 0.0)),
        ("plumb_bob", [0.1, 0.2, 0.01, 0.02, 0.3], DistortionModel.PLUMB_BOB, (0.1, 0.2, 0.01, 0.02, 0.3)),
        ("plumb_bob", [0.1, 0, 0, 0, 0, 0, 0, 0], DistortionModel.PLUMB_BOB, (0.1, 0.0, 0.0, 0.0, 0.0)),
        ("rational_polynomial", [0.1] * 8, DistortionModel.RATIONAL, (0.1,) * 8),
        ("rational_polynomial", [0.1] * 8 + [0.0] * 6, DistortionModel.RATIONAL, (0.1,) * 8),
        ("equidistant", [0.1, 0, 0, 0], DistortionModel.EQUIDISTANT, (0.1, 0.0, 0.0, 0.0)),
    ],
)
def test_camera_info_distortion(name: str, d: list[float], model: DistortionModel, expected: tuple[float, ...]) -> None:
    camera = Camera.from_camera_info(640, 480, K, d, name)
    assert (camera.model, camera.distortion) == (model, expected)


@pytest.mark.parametrize(
    ("k", "d", "name"),
    [
        ([0.0] * 9, [], ""),  # uncalibrated
        ([math.nan] * 9, [], ""),
        (K[:8], [], ""),
        ([525.5, 2.0, *K[2:]], [], ""),  # skew
        (K, [0.1] * 4, "thin_prism"),
        (K, [0.1] * 4, ""),
        (K, [0.1] * 3, "plumb_bob"),
        (K, [0.1] * 9, "rational_polynomial"),
        (K, [math.nan] * 5, "plumb_bob"),
    ],
)
def test_camera_info_is_refused(k: list[float], d: list[float], name: str) -> None:
    with pytest.raises(CameraError):
        Camera.from_camera_info(640, 480, k, d, name)


def test_camera_info_region_then_binning() -> None:
    camera = Camera.from_camera_info(640, 480, K, binning=(2, 2), roi=(100, 60, 400, 300))
    assert (camera.width, camera.height) == (200, 150)
    # Pixel (0, 0) of the image averages the sensor's (100..101, 60..61).
    np.testing.assert_allclose(camera.normalize([[0, 0]]), PINHOLE.normalize([[100.5, 60.5]]))
    assert Camera.from_camera_info(640, 480, K, binning=(0, 1), roi=(0, 0, 640, 480)) == PINHOLE
    to_the_edge = Camera.from_camera_info(640, 480, K, roi=(40, 80, 0, 0))
    assert (to_the_edge.width, to_the_edge.height, to_the_edge.cx) == (600, 400, 280.0)


@pytest.mark.parametrize("roi", [(-1, 0, 10, 10), (600, 0, 100, 100), (0, 0, 641, 480), (640, 0, 0, 0)])
def test_camera_info_region_outside_the_sensor(roi: tuple[int, int, int, int]) -> None:
    with pytest.raises(CameraError, match="Region"):
        Camera.from_camera_info(640, 480, K, roi=roi)


def test_binning_more_than_the_image() -> None:
    with pytest.raises(CameraError):
        PINHOLE.binned(1000, 1)
