"""Rays: where two pass closest and where many meet."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reloc.geometry.rays import angles_to, intersection, intersections, midpoints, point_information


def unit(v: np.ndarray) -> np.ndarray:
    return v / np.linalg.norm(v, axis=-1, keepdims=True)


@given(st.integers(0, 2**32 - 1))
def test_midpoint_of_rays_that_meet(seed: int) -> None:
    rng = np.random.default_rng(seed)
    point, a, b = rng.uniform(-5, 5, (3, 20, 3))
    sign = np.where(rng.random(20) < 0.5, -1.0, 1.0)
    found, depth_a, depth_b, sine = midpoints(a, unit(point - a), b, sign[:, None] * unit(point - b))
    clear = sine > 1e-2
    np.testing.assert_allclose(found[clear], point[clear], atol=1e-8)
    np.testing.assert_allclose(depth_a[clear], np.linalg.norm(point - a, axis=1)[clear], atol=1e-8)
    np.testing.assert_allclose(depth_b[clear], (sign * np.linalg.norm(point - b, axis=1))[clear], atol=1e-8)


def test_midpoint_of_skew_rays_is_between_them() -> None:
    x, y = np.array([[1.0, 0, 0]]), np.array([[0.0, 1, 0]])
    found, depth_a, depth_b, sine = midpoints(np.array([[-2.0, 0, 0]]), x, np.array([[0.0, -3, 1]]), y)
    np.testing.assert_allclose(found, [[0, 0, 0.5]])
    assert (depth_a[0], depth_b[0], sine[0]) == (2, 3, 1)


def test_parallel_rays_have_no_midpoint() -> None:
    z = np.array([[0.0, 0, 1]])
    found, depth_a, _, sine = midpoints(np.zeros((1, 3)), z, np.ones((1, 3)), z)
    assert np.isnan(found).all()
    assert np.isnan(depth_a).all()
    assert sine[0] == 0


def test_intersection_is_exact_and_far_references_do_not_outvote() -> None:
    rng, point = np.random.default_rng(0), np.array([1.0, 2.0, 3.0])
    origins = rng.uniform(-4, 4, (6, 3))
    found = intersection(origins, unit(point - origins), point + 0.5)
    assert found is not None
    np.testing.assert_allclose(found, point, atol=1e-9)
    # Three references at 1 m, three at 50 m, all with the same angular noise: the near ones decide.
    near, far = point + np.eye(3), point + 50 * unit(rng.normal(size=(3, 3)))
    origins = np.concatenate([near, far])
    noisy = unit(unit(point - origins) + rng.normal(0, 0.02, (6, 3)))
    found = intersection(origins, noisy, point + 0.5)
    assert found is not None
    assert np.linalg.norm(found - point) < 0.05


def test_parallel_rays_have_no_intersection() -> None:
    origins = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0]])
    assert intersection(origins, np.array([[0.0, 0, 1]] * 3), np.array([0.0, 0, 5])) is None


def test_angles() -> None:
    origins, directions = np.array([[0.0, 0, 0], [0, 0, 5]]), np.array([[0.0, 0, 1], [0, 0, 1]])
    angle, distance = angles_to(origins, directions, np.array([[0.0, 0, 2], [2, 0, 2], [0, 0, 5]]))
    np.testing.assert_allclose(angle[:2], [[0, np.pi], [np.pi / 4, np.pi - np.arctan2(2, 3)]])
    assert angle[2, 0] == 0
    assert np.isnan(angle[2, 1])
    np.testing.assert_allclose(distance[0], [2, 3])


def test_information_of_one_ray_is_across_it() -> None:
    information = point_information(np.zeros((1, 3)), np.array([[0.0, 0, 1]]), np.array([0.0, 0, 2]))
    np.testing.assert_allclose(information, np.diag([0.25, 0.25, 0]))  # 1 rad at 2 m is 2 m
    assert np.linalg.eigvalsh(information)[0] == pytest.approx(0)


def test_intersections_of_many_samples() -> None:
    rng, point = np.random.default_rng(0), np.array([1.0, 2.0, 3.0])
    origins = rng.uniform(-4, 4, (5, 3))
    points = np.array([point, point + 0.2, point])
    directions = unit(points[:, None] - origins)
    directions[2] = directions[2, 0]  # parallel: they do not meet
    found = intersections(origins, directions, point)
    np.testing.assert_allclose(found[:2], points[:2], atol=1e-9)
    assert np.isnan(found[2]).all()
    noisy = unit(directions[:1] + rng.normal(size=(1, 5, 3)) * 0.02)
    weighted_alike = intersection(origins, noisy[0], point, iterations=1)
    assert weighted_alike is not None
    np.testing.assert_allclose(intersections(origins, noisy, point)[0], weighted_alike, atol=1e-12)
    directions[1, 0] = np.nan
    assert np.isnan(intersections(origins, directions, point)[1]).all()
