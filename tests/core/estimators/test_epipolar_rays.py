"""Epipolar constraints of posed references: zero at the pose, and slopes as differences have them."""

from __future__ import annotations

import numpy as np
import pytest

from reloc.estimators.epipolar_rays import EpipolarRays
from reloc.geometry.transforms import inverse, make, so3_exp


@pytest.fixture
def exact():
    """40 points seen by five references and a camera: its pose, and the constraints."""
    random = np.random.default_rng(3)
    world_from_cam = make(so3_exp([0.1, -0.2, 0.3]), [0.3, -0.2, 0.1])
    points = np.column_stack([random.uniform(-1.5, 1.5, (40, 2)), random.uniform(3.0, 6.0, 40)])
    refs = [make(so3_exp(random.normal(0, 0.2, 3)), random.normal(0, 0.7, 3)) for _ in range(5)]
    cam_from_world = np.stack([inverse(refs[k % 5]) for k in range(40)])

    def seen(cam_from_world):
        xyz = np.einsum("nij,nj->ni", cam_from_world[:, :3, :3], points) + cam_from_world[:, :3, 3]
        return xyz[:, :2] / xyz[:, 2:]

    query = seen(np.broadcast_to(inverse(world_from_cam), (40, 4, 4)))
    return world_from_cam, EpipolarRays(seen(cam_from_world), query, cam_from_world, (500.0, 520.0))


def test_exact_matches_lie_on_their_lines(exact):
    world_from_cam, rays = exact
    assert np.abs(rays.residuals(world_from_cam)).max() < 1e-9


def test_a_distance_is_about_that_of_a_match_that_was_moved():
    # One reference to the side: lines are rows, and a match one row off is one pixel off, shared by both images.
    rays = EpipolarRays(np.zeros((1, 2)), np.array([[0.0, 1 / 500]]), np.eye(4)[None], (500.0, 500.0))
    aside = make(np.eye(3), [1.0, 0.0, 0.0])
    assert abs(rays.residuals(aside)[0]) == pytest.approx(np.sqrt(0.5), rel=1e-3)


def test_slopes_are_those_of_differences(exact):
    world_from_cam, rays = exact
    pose = make(so3_exp([0.02, -0.01, 0.03]) @ world_from_cam[:3, :3], world_from_cam[:3, 3] + [0.05, 0.02, -0.04])
    residuals, jacobian = rays.linearized(pose)
    assert residuals == pytest.approx(rays.residuals(pose))
    for axis in range(6):
        step = np.zeros(6)
        step[axis] = 1e-6
        ends = [
            rays.residuals(make(so3_exp(sign * step[3:]) @ pose[:3, :3], pose[:3, 3] + sign * step[:3]))
            for sign in (1.0, -1.0)
        ]
        assert jacobian[:, axis] == pytest.approx((ends[0] - ends[1]) / 2e-6, rel=1e-4, abs=1e-3)


def test_no_baseline_is_no_division_by_zero():
    rays = EpipolarRays(np.zeros((2, 2)), np.zeros((2, 2)), np.stack([np.eye(4)] * 2), (500.0, 500.0))
    residuals, jacobian = rays.linearized(np.eye(4))
    assert np.isfinite(residuals).all()
    assert np.isfinite(jacobian).all()
