"""What is believed of a focal length: one lens is trusted, and given up when inliers measure another one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from reloc.estimators.lens_prior import LensPrior
from reloc.geometry.cameras import Camera, DistortionModel

SAME, OTHER = LensPrior.of(0.02, True), LensPrior.of(0.02, False)
CAMERA = Camera(640, 480, 500.0, 500.0, 319.5, 239.5)


@pytest.mark.parametrize("prior", [SAME, OTHER])
def test_shares_are_whole(prior: LensPrior) -> None:
    assert sum(prior.shares) == pytest.approx(1.0)


def test_the_cameras_of_one_map_hardly_differ() -> None:
    """Inliers that measure to a percent and find nothing: an error is in the map and in the query alike."""
    assert SAME.second_moment(0.0, 0.01) ** 0.5 < 0.005 < OTHER.second_moment(0.0, 0.01) ** 0.5


@pytest.mark.parametrize("off", [0.02, 0.03, 0.05])
@pytest.mark.parametrize("sigma", [0.002, 0.005, 0.01])
def test_another_lens_with_the_same_intrinsics_is_covered(off: float, sigma: float) -> None:
    """Also where the measurement is one sigma too small: then the error is at most four sigmas."""
    assert off < 2.0 * SAME.second_moment(off, sigma) ** 0.5
    assert off < 4.0 * SAME.second_moment(off - sigma, sigma) ** 0.5


def test_before_a_wall_both_are_as_uncertain() -> None:
    """Nothing measures the focal length, and a copied camera_info cannot be excluded."""
    assert SAME.second_moment(0.0, np.inf) ** 0.5 > 0.02
    assert SAME.second_moment(0.0, np.inf) < OTHER.second_moment(0.0, np.inf)


def test_a_trusted_calibration_is_trusted() -> None:
    exact = LensPrior.of(0.0, False)
    assert exact.second_moment(0.0, 0.01) < 1e-6


def test_states_the_same() -> None:
    assert CAMERA.states_the_same(CAMERA)
    assert CAMERA.states_the_same(CAMERA.scaled(1280, 960))
    assert not CAMERA.states_the_same(replace(CAMERA, fx=501.0))
    assert not CAMERA.states_the_same(replace(CAMERA, cx=321.0))
    bent = replace(CAMERA, model=DistortionModel.PLUMB_BOB, distortion=(0.1, 0.0, 0.0, 0.0, 0.0))
    assert not CAMERA.states_the_same(bent)
    assert bent.states_the_same(bent.scaled(320, 240))
    assert not bent.states_the_same(replace(bent, distortion=(0.11, 0.0, 0.0, 0.0, 0.0)))
