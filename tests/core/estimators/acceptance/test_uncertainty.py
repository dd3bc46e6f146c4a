"""The stated covariance scales with the place, the image and the camera, and has no constant in meters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reloc.estimators.acceptance.uncertainty import KEY_POINT_PX, PixelErrors, honest
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import pnp_jacobian, pose_covariance, pose_error
from reloc.geometry.transforms import inverse, so3_exp, transform

ERRORS = PixelErrors(residual_px=2.0, pixel=1.0, map_px=0.0, focal_px=500.0, depth=2.0)
CAMERA = Camera(640, 480, 500.0, 500.0, 319.5, 239.5)
EXACT = np.eye(6) * 1e-16  # of a fit to very many inliers


def sigmas(errors: PixelErrors, unit: np.ndarray = EXACT) -> tuple[float, float]:
    found = np.sqrt(np.diag(honest(unit, errors)))
    return float(found[0]), float(found[3])


def test_a_place_ten_times_as_large_is_known_a_tenth_as_well() -> None:
    position, rotation = sigmas(ERRORS)
    np.testing.assert_allclose(sigmas(replace(ERRORS, depth=20.0)), (10.0 * position, rotation))


def test_a_finer_camera_knows_better() -> None:
    position, rotation = sigmas(ERRORS)
    np.testing.assert_allclose(sigmas(replace(ERRORS, focal_px=1000.0)), (0.5 * position, 0.5 * rotation))


def test_the_same_image_in_more_pixels_says_the_same() -> None:
    larger = replace(ERRORS, residual_px=4.0, pixel=2.0, focal_px=1000.0, map_px=3.0)
    np.testing.assert_allclose(sigmas(larger), sigmas(replace(ERRORS, map_px=3.0)))


def test_errors_beyond_those_of_key_points_count_more() -> None:
    own = replace(ERRORS, residual_px=KEY_POINT_PX)
    assert own.noise_px == pytest.approx(KEY_POINT_PX)
    assert ERRORS.noise_px > 2.0 * 2.0
    assert replace(own, map_px=3.0).noise_px == pytest.approx(np.hypot(KEY_POINT_PX, 3.0))
    assert replace(ERRORS, residual_px=0.0).noise_px > 0.1  # few inliers may agree exactly


def test_no_number_of_inliers_makes_a_rough_map_exact() -> None:
    position, rotation = sigmas(ERRORS)
    assert rotation > 0.1 * 2.0 / 500.0
    assert position == pytest.approx(2.0 * rotation)


def test_directions_that_the_fit_calls_certain_err_too() -> None:
    unit = np.diag([1e-4, 1e-8, 1e-8, 1e-8, 1e-8, 1e-8])
    found = np.sqrt(np.diag(honest(unit, ERRORS)))
    assert 0.2 < found[1] / found[0] < 0.5  # by the fit alone 0.01


def test_without_landmarks_the_fit_knows_the_depth() -> None:
    fit = np.diag([4e-4] * 3 + [1e-4] * 3) * 1e-6  # a pixel moves by twice what it turns by
    found = np.sqrt(np.diag(honest(fit, replace(ERRORS, depth=np.nan))))
    np.testing.assert_allclose(found[0] / found[3], 2.0, rtol=1e-3)


def test_what_determines_no_pose_stays_unusable() -> None:
    assert not np.isfinite(honest(np.diag(np.full(6, np.inf)), ERRORS)).all()


def test_with_an_exact_map_the_ellipsoid_holds_what_it_says() -> None:
    """Poses refined from points with the noise of key points alone. It is wide by what maps add, and no wider."""
    random, inside, nees = np.random.default_rng(0), 0, []
    for _ in range(200):
        xyz = random.uniform((-2, -1.5, 2), (2, 1.5, 6), (80, 3))
        uv = CAMERA.project(xyz) + random.normal(0.0, KEY_POINT_PX, (80, 2))
        pose = np.eye(4)
        for _ in range(4):
            jacobian = pnp_jacobian(pose, xyz, CAMERA)
            off = (CAMERA.project(transform(inverse(pose), xyz)) - uv).reshape(-1)
            step = -np.linalg.lstsq(jacobian, off, rcond=None)[0]
            pose = pose.copy()
            pose[:3, 3] += step[:3]
            pose[:3, :3] = so3_exp(step[3:]) @ pose[:3, :3]
        residual = float(np.median(np.linalg.norm(off.reshape(-1, 2), axis=1))) / 1.1774
        stated = honest(pose_covariance(jacobian, 1.0), replace(ERRORS, residual_px=residual, depth=4.0))
        error = pose_error(pose, np.eye(4))
        nees.append(error @ np.linalg.solve(stated, error))
        inside += nees[-1] < 12.59
    assert inside / 200 > 0.95
    assert 1.5 < np.median(nees) < 6.0
