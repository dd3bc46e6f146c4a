"""The stated covariance scales with the place, the image and the camera, and has no constant in meters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from reloc.estimators.acceptance.uncertainty import KEY_POINT_PX, PixelErrors, dependence, honest
from reloc.geometry.cameras import Camera

ERRORS = PixelErrors(median_px=2.0, pixel=1.0, map_px=0.0, focal_px=500.0, depth=2.0)


def sigmas(errors: PixelErrors) -> tuple[float, float]:
    """Position and rotation of a fit that is certain."""
    found = np.sqrt(np.diag(honest(np.eye(6) * 1e-16, 10, 1.0, errors)))
    return float(found[0]), float(found[3])


def test_a_place_ten_times_as_large_is_known_a_tenth_as_well() -> None:
    position, rotation = sigmas(ERRORS)
    np.testing.assert_allclose(sigmas(replace(ERRORS, depth=20.0)), (10.0 * position, rotation))


def test_a_finer_camera_knows_better() -> None:
    position, rotation = sigmas(ERRORS)
    np.testing.assert_allclose(sigmas(replace(ERRORS, focal_px=1000.0)), (0.5 * position, 0.5 * rotation))


def test_the_same_image_in_more_pixels_says_the_same() -> None:
    larger = replace(ERRORS, median_px=4.0, pixel=2.0, focal_px=1000.0, map_px=3.0)
    np.testing.assert_allclose(sigmas(larger), sigmas(replace(ERRORS, map_px=3.0)))


def test_errors_that_key_points_have_by_themselves_average_out() -> None:
    assert sigmas(replace(ERRORS, median_px=KEY_POINT_PX))[0] < 1e-7
    assert sigmas(replace(ERRORS, median_px=KEY_POINT_PX, map_px=1.0))[1] > 1e-3


def test_a_shift_at_the_edge_looks_like_another_focal_length() -> None:
    assert ERRORS.focal_sigma(Camera(640, 480, 500.0, 500.0, 320.0, 240.0)) == ERRORS.shared_px / 320.0
    assert replace(ERRORS, median_px=0.4).focal_sigma(Camera(640, 480, 500.0, 500.0, 320.0, 240.0)) == 0.0


def test_without_landmarks_the_fit_knows_the_depth() -> None:
    fit = np.diag([4e-4] * 3 + [1e-4] * 3) * 1e-6  # a pixel moves by twice what it turns by
    found = np.sqrt(np.diag(honest(fit, 10, 1.0, replace(ERRORS, depth=np.nan))))
    np.testing.assert_allclose(found[0] / found[3], 2.0, rtol=1e-3)


def test_crowded_inliers_count_less() -> None:
    exact = replace(ERRORS, median_px=0.0)
    assert dependence(640, 0.5) == 20.0  # in 32 cells
    crowded = honest(np.eye(6), 640, 0.5, exact)
    np.testing.assert_allclose(np.diag(crowded), 20.0**0.5)
