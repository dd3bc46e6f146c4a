"""Covariances agree with numeric differentiation and with Monte Carlo."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import least_squares

from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import (
    is_usable,
    mahalanobis2,
    pnp_jacobian,
    pose_covariance,
    pose_error,
    residual_sigma,
    transport,
)
from reloc.geometry.transforms import inverse, make, so3_exp, transform

CAMERA = Camera(640, 480, 525.0, 515.0, 320.0, 240.0)
WORLD_FROM_CAM = make(so3_exp([0.4, -1.1, 0.3]), [12.0, -7.0, 3.0])
small = st.floats(-0.5, 0.5)


def perturbed(world_from_cam: np.ndarray, error: np.ndarray) -> np.ndarray:
    """The error model, written out."""
    return make(so3_exp(error[3:]) @ world_from_cam[:3, :3], world_from_cam[:3, 3] + error[:3])


def seen_points(number: int, seed: int = 0) -> np.ndarray:
    xyz_in_cam = np.random.default_rng(seed).uniform([-1.5, -1.0, 2.0], [1.5, 1.0, 6.0], (number, 3))
    return transform(WORLD_FROM_CAM, xyz_in_cam)


def project(world_from_cam: np.ndarray, xyz_in_world: np.ndarray) -> np.ndarray:
    return CAMERA.project(transform(inverse(world_from_cam), xyz_in_world))


def some_covariance(seed: int = 1, scale: float = 0.02) -> np.ndarray:
    root = np.random.default_rng(seed).normal(size=(6, 6)) * scale
    return root @ root.T + np.eye(6) * 1e-6


@given(st.lists(small, min_size=6, max_size=6))
def test_pose_error_inverts_the_error_model(error: list[float]) -> None:
    truth = perturbed(WORLD_FROM_CAM, np.array(error))
    np.testing.assert_allclose(pose_error(WORLD_FROM_CAM, truth), error, atol=1e-12)


def test_jacobian_is_the_derivative() -> None:
    xyz, step = seen_points(20), 1e-6
    numeric = np.stack(
        [
            (project(perturbed(WORLD_FROM_CAM, e), xyz) - project(perturbed(WORLD_FROM_CAM, -e), xyz)).ravel()
            / (2 * step)
            for e in np.eye(6) * step
        ],
        axis=1,
    )
    np.testing.assert_allclose(pnp_jacobian(WORLD_FROM_CAM, xyz, CAMERA), numeric, rtol=1e-6, atol=1e-4)


def test_jacobian_of_points_behind_is_nan_and_gives_no_covariance() -> None:
    xyz = seen_points(10)
    xyz[4] = transform(WORLD_FROM_CAM, [[0, 0, -1]])[0]
    jacobian = pnp_jacobian(WORLD_FROM_CAM, xyz, CAMERA)
    assert np.isnan(jacobian[8:10, :3]).any()
    assert np.isfinite(np.delete(jacobian, [8, 9], axis=0)).all()
    assert not is_usable(pose_covariance(jacobian, 1.0))


def test_covariance_is_that_of_many_pose_fits() -> None:
    xyz, sigma, runs, rng = seen_points(40), 1.5, 300, np.random.default_rng(5)
    exact = project(WORLD_FROM_CAM, xyz)
    predicted = pose_covariance(pnp_jacobian(WORLD_FROM_CAM, xyz, CAMERA), sigma)
    errors, sigmas = [], []
    for _ in range(runs):
        uv = exact + rng.normal(0, sigma, exact.shape)
        fit = least_squares(
            lambda e, uv=uv: (project(perturbed(WORLD_FROM_CAM, e), xyz) - uv).ravel(),
            np.zeros(6),
            jac=lambda e: pnp_jacobian(perturbed(WORLD_FROM_CAM, e), xyz, CAMERA),  # near enough about e
            method="lm",
        )
        errors.append(pose_error(perturbed(WORLD_FROM_CAM, fit.x), WORLD_FROM_CAM))
        sigmas.append(residual_sigma(fit.fun))
    normalised = np.array(errors) @ np.linalg.inv(np.linalg.cholesky(predicted)).T
    np.testing.assert_allclose(np.cov(normalised.T), np.eye(6), atol=0.3)  # 300 runs: 0.08 of standard error
    assert np.mean(sigmas) == pytest.approx(sigma, rel=0.02)


def test_transport_swings_about_the_camera() -> None:
    cam_from_base = make(so3_exp([1.2, -0.3, 0.4]), [0.8, -0.5, 2.0])
    covariance, rng = some_covariance(scale=0.002), np.random.default_rng(6)
    world_from_base = WORLD_FROM_CAM @ cam_from_base
    errors = [
        pose_error(world_from_base, perturbed(WORLD_FROM_CAM, e) @ cam_from_base)
        for e in rng.multivariate_normal(np.zeros(6), covariance, 4000)
    ]
    predicted = transport(covariance, WORLD_FROM_CAM, cam_from_base)
    half = np.linalg.inv(np.linalg.cholesky(predicted))
    np.testing.assert_allclose(half @ np.cov(np.array(errors).T) @ half.T, np.eye(6), atol=0.12)
    assert predicted[0, 0] > 2 * covariance[0, 0]  # the lever arm is felt


def test_transport_there_and_back() -> None:
    cam_from_base = make(so3_exp([1.2, -0.3, 0.4]), [0.8, -0.5, 2.0])
    there = transport(some_covariance(), WORLD_FROM_CAM, cam_from_base)
    back = transport(there, WORLD_FROM_CAM @ cam_from_base, inverse(cam_from_base))
    np.testing.assert_allclose(back, some_covariance(), atol=1e-12)


def test_one_sigma_is_one() -> None:
    covariance = np.diag([0.1, 0.2, 0.3, 0.01, 0.02, 0.03]) ** 2
    for axis in range(6):
        error = np.zeros(6)
        error[axis] = np.sqrt(covariance[axis, axis])
        there = perturbed(WORLD_FROM_CAM, error)
        assert mahalanobis2(WORLD_FROM_CAM, there, covariance) == pytest.approx(1)
        assert mahalanobis2(there, WORLD_FROM_CAM, covariance) == pytest.approx(1)
    assert mahalanobis2(WORLD_FROM_CAM, perturbed(WORLD_FROM_CAM, error * 2), covariance) == pytest.approx(4)


def test_mahalanobis_is_chi_squared() -> None:
    covariance, rng = some_covariance(scale=0.01), np.random.default_rng(7)
    squares = [
        mahalanobis2(WORLD_FROM_CAM, perturbed(WORLD_FROM_CAM, e), covariance)
        for e in rng.multivariate_normal(np.zeros(6), covariance, 2000)
    ]
    assert np.mean(squares) == pytest.approx(6, rel=0.06)
    assert np.mean(np.array(squares) > 12.59) == pytest.approx(0.05, abs=0.015)


NOT_SYMMETRIC = np.eye(6) + np.eye(6, k=1) * 0.1
INDEFINITE = np.eye(6) + (np.eye(6, k=1) + np.eye(6, k=-1)) * 0.9


@pytest.mark.parametrize(
    "covariance",
    [np.zeros((6, 6)), np.diag([1.0] * 5 + [0.0]), np.full((6, 6), np.nan), np.diag([np.inf] * 6), -np.eye(6)]
    + [np.ones((6, 6)), NOT_SYMMETRIC, INDEFINITE, np.eye(3)],
)
def test_not_usable(covariance: np.ndarray) -> None:
    assert not is_usable(covariance)
    assert mahalanobis2(WORLD_FROM_CAM, WORLD_FROM_CAM, covariance) == np.inf  # never near: a gate stays shut


def test_usable_whatever_its_units() -> None:
    assert is_usable(np.eye(6))
    assert is_usable(np.diag([1e-10, 1e-10, 1e-10, 1e4, 1e4, 1e4]))
    assert is_usable(some_covariance())


def test_what_is_not_determined_is_infinite() -> None:
    xyz = seen_points(40)
    assert is_usable(pose_covariance(pnp_jacobian(WORLD_FROM_CAM, xyz, CAMERA), 1.0))
    assert not is_usable(pose_covariance(pnp_jacobian(WORLD_FROM_CAM, xyz[:2], CAMERA), 1.0))  # 4 equations
    same = np.repeat(xyz[:1], 10, axis=0)  # one point over and over
    assert np.isinf(np.diag(pose_covariance(pnp_jacobian(WORLD_FROM_CAM, same, CAMERA), 1.0))).all()
    assert not is_usable(pose_covariance(np.zeros((12, 6)), 1.0))
    assert not is_usable(pose_covariance(pnp_jacobian(WORLD_FROM_CAM, xyz, CAMERA), float("inf")))


def test_residual_sigma() -> None:
    assert residual_sigma(np.full((5, 2), 2.0), parameters=6) == pytest.approx(np.sqrt(40 / 4))
    assert residual_sigma(np.zeros((5, 2)), floor=0.5) == 0.5
    assert residual_sigma(np.ones((3, 2))) == np.inf
