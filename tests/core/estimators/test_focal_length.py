"""A focal length that is wrong is told by the key points, and never taken for wrong where it is right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import poselib
import pytest
from support.tiny_world import CAMERA, query_poses, reference_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Query
from reloc.distributions import CHI2_999_6DOF
from reloc.estimators.focal_length import FocalFit, fit_focal
from reloc.estimators.lens_prior import LensPrior
from reloc.estimators.local_features import FeaturesConfig
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import mahalanobis2, pnp_jacobian, pose_covariance, sigmas
from reloc.geometry.poselib_convention import pinhole_dict
from reloc.geometry.transforms import inverse, make, transform
from reloc.localizers.features import Features
from reloc.maps.reference_map import ReferenceMap

POSE = make(np.eye(3), [0.2, -0.1, 0.3])
INSIDE = 12.6  # 95 % of six degrees of freedom


def points(depth_from: float, depth_to: float, count: int = 200) -> np.ndarray:
    """Points (N, 3) that the camera at POSE sees, between two depths."""
    random = np.random.default_rng(3)
    depth = random.uniform(depth_from, depth_to, count)
    rays = CAMERA.normalize(random.uniform((5, 5), (315, 235), (count, 2)))
    return transform(POSE, np.column_stack([rays, np.ones(count)]) * depth[:, None])


def pixels(xyz: np.ndarray, noise_px: float = 0.5) -> np.ndarray:
    return CAMERA.project(transform(inverse(POSE), xyz)) + np.random.default_rng(4).normal(0.0, noise_px, (len(xyz), 2))


def wrong(factor: float) -> Camera:
    return replace(CAMERA, fx=CAMERA.fx * factor, fy=CAMERA.fy * factor)


def fitted(xyz: np.ndarray, uv: np.ndarray, camera: Camera) -> FocalFit:
    """As a localizer does it: beside the pose by the stated focal length."""
    limit = {"max_reproj_error": 4.0}
    pose, _ = poselib.estimate_absolute_pose(uv, xyz, pinhole_dict(camera), limit, {"loss_type": "CAUCHY"})
    return fit_focal(inverse(make(pose.R, pose.t)), xyz, uv, camera, 4.0, 0.5)


@pytest.mark.parametrize("factor", [0.7, 0.92, 1.0, 1.08, 1.3])
def test_points_at_several_depths_tell_it(factor: float) -> None:
    xyz = points(1.5, 4.0)
    fit = fitted(xyz, pixels(xyz), wrong(factor))
    assert fit.sigma < 0.01
    assert abs(fit.log_factor + np.log(factor)) < 4.0 * fit.sigma
    if factor != 1.0:
        return
    covariance = np.diag([1e-6] * 6)
    assert sigmas(fit.widened(covariance, LensPrior.of(0.01, False)))[0] < 0.02


def test_a_wall_across_the_view_tells_nothing_and_the_covariance_says_so() -> None:
    xyz = points(3.0, 3.0)
    fit = fit_focal(POSE, xyz, pixels(xyz), CAMERA, 4.0, 0.5)
    assert fit.sigma > 0.1
    covariance = pose_covariance(pnp_jacobian(POSE, xyz, CAMERA), 0.5)
    wide = fit.widened(covariance, LensPrior.of(0.01, False))
    assert wide[2, 2] ** 0.5 > 0.03  # a hundredth of three metres, along the optical axis
    np.testing.assert_allclose(wide[:2, :2], covariance[:2, :2], atol=1e-6)  # and not across it
    assert np.linalg.eigvalsh(wide - covariance)[0] > -1e-9


def test_what_cannot_be_fitted_says_nothing() -> None:
    behind = points(1.0, 2.0) - [0.0, 0.0, 10.0]
    fit = fit_focal(POSE, behind, np.full((len(behind), 2), 100.0), CAMERA, 4.0, 0.5)
    assert fit.sigma == np.inf
    one = np.repeat(points(2.0, 2.0, 1), 30, axis=0)
    assert fit_focal(POSE, one, pixels(one, 0.0), CAMERA, 4.0, 0.5).sigma == np.inf


@pytest.mark.parametrize(
    ("log_factor", "sigma", "least", "most"),
    [
        (0.0, 1e-5, 0.0, 0.001),  # it can tell, and says it is right
        (0.0, np.inf, 0.02, 0.04),  # it cannot tell: as calibrated cameras are, and now and then another's
        (0.4, 0.5, 0.02, 0.05),  # nor can this
        (0.06, 0.05, 0.015, 0.035),  # noise: a calibrated camera's most likely
        (0.07, 0.025, 0.03, 0.075),  # not enough to refuse it, but it may be right
        (0.3, 0.02, 0.28, 0.31),  # surely off
    ],
)
def test_how_far_the_covariance_allows_for_it(log_factor: float, sigma: float, least: float, most: float) -> None:
    fit = FocalFit(log_factor, sigma, np.array([0.0, 0.0, 2.0, 0.0, 0.0, 0.0]))
    share = (fit.widened(np.eye(6) * 1e-9, LensPrior.of(0.02, False))[2, 2] - 1e-9) ** 0.5 / 2.0
    assert least <= share <= most


def ask(reference_map: ReferenceMap, pose: np.ndarray, camera: Camera) -> Localized | Lost:
    return Features.from_map(FeaturesConfig(), reference_map).localize(Query(render(pose)[0], camera))


def test_the_right_one_is_never_refused(with_landmarks: ReferenceMap) -> None:
    off = []
    for pose in [*query_poses(8), *reference_poses(8)]:
        answer = ask(with_landmarks, pose, CAMERA)
        assert isinstance(answer, Localized), answer
        off.append(mahalanobis2(answer.world_from_cam, pose, answer.covariance))
    assert (np.array(off) < INSIDE).mean() > 0.9
    assert max(off) < CHI2_999_6DOF


def test_the_right_one_is_not_why_a_twin_room_is_lost(twins: ReferenceMap) -> None:
    for pose in query_poses(4):
        for camera, reasons in ((CAMERA, {LostReason.AMBIGUOUS}), (wrong(0.8), set(LostReason))):
            answer = ask(twins, pose, camera)
            assert isinstance(answer, Lost)
            assert answer.reason in reasons


@pytest.mark.parametrize("factor", [0.7, 0.8, 0.92, 1.08, 1.2, 1.3])
def test_a_wrong_one_is_refused_where_depths_differ(with_landmarks: ReferenceMap, factor: float) -> None:
    for pose in query_poses(6)[:3]:
        answer = ask(with_landmarks, pose, wrong(factor))
        assert isinstance(answer, Lost)
        assert answer.reason is LostReason.CAMERA_MISMATCH
        assert f"camera_info says {wrong(factor).fx:.0f}" in answer.detail


@pytest.mark.parametrize("factor", [0.92, 1.08])
def test_before_a_wall_the_covariance_covers_what_a_wrong_one_does(with_landmarks: ReferenceMap, factor: float) -> None:
    pose = query_poses(6)[3]  # straight at one wall
    answer = ask(with_landmarks, pose, wrong(factor))
    assert isinstance(answer, Localized)
    # The error is three times what a calibrated camera's usually is: far out, and covered all the same.
    assert mahalanobis2(answer.world_from_cam, pose, answer.covariance) < 1.5 * CHI2_999_6DOF


def test_a_map_with_rough_poses_convicts_nobody_of_little() -> None:
    fit = FocalFit(0.08, 0.005, np.zeros(6), sigma_px=0.5)
    assert fit.honest(0.5, 4.0).sigma == pytest.approx(0.01 * 2.0**0.5)
    assert fit.honest(5.0, 1.0).sigma > 0.08 / 3.0
    assert fit.honest(0.5, 1.0, 0.04).sigma > 0.08 / 3.0
    assert FocalFit(0.0, np.inf, np.zeros(6)).honest(1.0, 1.0, 0.01).sigma == np.inf
