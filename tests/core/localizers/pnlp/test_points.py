"""Poses from points of predicted depth, with matches that the test makes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2
from support.tiny_world import CAMERA, reference_poses, render

from reloc.geometry.covariance import is_usable, pose_error
from reloc.geometry.transforms import inverse, transform
from reloc.localizers.pnlp import points as learned
from reloc.localizers.pnlp.points import DenseView, LearnedPose, PointMatches

TARGET = CAMERA.scaled(128, 128)
SIDE = 32


def view(pose: np.ndarray, local: np.ndarray) -> DenseView:
    """A view of the tiny world, with its true depth."""
    depth = render(pose, TARGET)[1].reshape(SIDE, 4, SIDE, 4)[:, 1:3, :, 1:3].mean(axis=(1, 3))
    return DenseView(local, SIDE, depth.ravel(), np.full(SIDE**2, 0.01, np.float32))


def matches(
    seed: int, scale: float = 1.0, noise_px: float = 1.0, wrong: float = 0.3
) -> tuple[PointMatches, np.ndarray]:
    """Points of a reference, seen by a query with noise; some by mistake."""
    random = np.random.default_rng(seed)
    reference, truth = reference_poses()[4], reference_poses()[6]
    local = np.zeros((SIDE**2, 8), np.float32)
    seen = view(reference, local)
    seen = DenseView(local, SIDE, (seen.depth * scale).astype(np.float32), seen.spread)
    exact = transform(
        reference,
        DenseView(local, SIDE, seen.depth / np.float32(scale), seen.spread).points(np.arange(SIDE**2), TARGET),
    )
    uv = TARGET.project(transform(inverse(truth), exact))
    inside = np.flatnonzero(((uv > 0) & (uv < 127)).all(axis=1))
    uv = uv[inside] + noise_px * random.normal(size=(len(inside), 2))
    lost = random.random(len(inside)) < wrong
    uv[lost] = random.uniform(0, 127, (int(lost.sum()), 2))
    centre = np.broadcast_to(reference[:3, 3], (len(inside), 3))
    points = transform(reference, seen.points(inside, TARGET))
    return PointMatches(uv, points, centre, np.full(len(inside), 0.01)), truth


def test_a_points_ray_goes_through_the_middle_of_its_cell() -> None:
    depth = np.full(SIDE**2, 2.0, np.float32)
    seen = DenseView(np.zeros((SIDE**2, 1), np.float32), SIDE, depth, depth)
    cell = 5 * SIDE + 9
    (point,) = seen.points(np.array([cell]), TARGET)
    np.testing.assert_allclose(TARGET.project(point[None])[0], [4 * 9 + 1.5, 4 * 5 + 1.5])
    assert point[2] == pytest.approx(2.0)


def test_a_pose_despite_wrong_matches() -> None:
    found, truth = matches(0)
    pose = learned.solve(found, TARGET, 3.0)
    assert pose is not None
    error = pose_error(pose.world_from_cam, truth)
    assert np.linalg.norm(error[:3]) < 0.03
    assert 0.6 < pose.share < 0.8


def test_the_covariance_covers_the_errors() -> None:
    nees = []
    for seed in range(25):
        found, truth = matches(seed)
        pose = learned.solve(found, TARGET, 4.0)
        assert pose is not None
        error = pose_error(pose.world_from_cam, truth)
        nees.append(float(error @ np.linalg.solve(pose.covariance, error)))
    assert np.median(nees) < chi2.ppf(0.9, 6)


def test_depth_that_is_too_large_everywhere_is_told_by_the_common_share() -> None:
    found, truth = matches(3, scale=1.1, noise_px=0.3)
    sure = learned.solve(found, TARGET, 3.0)
    honest = learned.solve(found, TARGET, 3.0, depth_sigma=0.1)
    assert sure is not None
    assert honest is not None
    error = pose_error(honest.world_from_cam, truth)
    away = truth[:3, 3] - reference_poses()[4][:3, 3]
    assert float(error[:3] @ away) / float(away @ away) == pytest.approx(-0.1, abs=0.05)  # a tenth too long

    def surprise(pose: LearnedPose) -> float:
        return float(error[:3] @ np.linalg.solve(pose.covariance[:3, :3], error[:3]))

    assert surprise(honest) < chi2.ppf(0.5, 3)
    assert surprise(honest) < 0.5 * surprise(sure)


def test_too_few_matches_are_no_pose() -> None:
    found, _ = matches(0)
    some = PointMatches(*(getattr(found, n)[:5] for n in ("uv", "xyz", "centre", "spread")))
    assert learned.solve(some, TARGET, 3.0) is None


def test_points_behind_the_wall_are_no_support() -> None:
    """A camera on the other side of what the reference saw."""
    found, _ = matches(0, wrong=0.0)
    behind = PointMatches(found.uv, found.xyz, 2.0 * found.xyz - found.centre, found.spread)
    assert learned.solve(behind, TARGET, 3.0) is None


def test_points_in_one_spot_fix_nothing() -> None:
    random = np.random.default_rng(0)
    xyz = np.array([2.0, 3.9, 1.3]) + 1e-7 * random.normal(size=(40, 3))
    spot = PointMatches(np.tile([64.0, 64.0], (40, 1)), xyz, np.tile([2.0, 1.5, 1.3], (40, 1)), np.full(40, 0.01))
    pose = learned.solve(spot, TARGET, 3.0)
    assert pose is None or not is_usable(pose.covariance) or np.sqrt(pose.covariance[0, 0]) > 1.0


def test_matches_are_mutual_and_finer_than_cells() -> None:
    """A smooth pattern, shifted by a cell and a quarter."""
    shift = 1.25
    waves = np.random.default_rng(1).normal(size=(24, 2)) * 0.6

    def features(offset: float) -> np.ndarray:
        column, row = np.arange(SIDE**2) % SIDE + offset, np.arange(SIDE**2) // SIDE
        phase = np.outer(column, waves[:, 0]) + np.outer(row, waves[:, 1])
        local = np.hstack([np.cos(phase), np.sin(phase)]).astype(np.float32)
        return local / np.linalg.norm(local, axis=1, keepdims=True)

    depth = np.full(SIDE**2, 2.0, np.float32)
    reference = DenseView(features(0.0), SIDE, depth, np.full(SIDE**2, 0.01, np.float32))
    query = DenseView(features(shift), SIDE, depth, depth)
    found = learned.match(query, reference, np.eye(4), TARGET, 1.0)
    assert len(found) > 0.9 * (SIDE - 2) * (SIDE - 2 * learned.EDGE)
    moved = TARGET.project(found.xyz) - found.uv  # what the query shows stands to the left of where the reference does
    inner = (found.uv[:, 0] > 8) & (found.uv[:, 0] < 116)
    np.testing.assert_allclose(np.median(moved[inner], axis=0), [4 * shift, 0.0], atol=0.4)
    assert np.abs(moved[inner] - [4 * shift, 0.0]).max() < 1.0


def test_points_that_the_network_is_unsure_of_are_left_out() -> None:
    local = np.eye(SIDE**2, dtype=np.float32)[:, : SIDE**2]
    depth = np.full(SIDE**2, 2.0, np.float32)
    spread = np.where(np.arange(SIDE**2) < 500, 0.9, 0.1).astype(np.float32)
    both = DenseView(local, SIDE, depth, spread)
    inner = np.zeros((SIDE, SIDE), np.bool_)
    inner[learned.EDGE : -learned.EDGE, learned.EDGE : -learned.EDGE] = True
    assert len(learned.match(both, both, np.eye(4), TARGET, 0.5)) == int((inner.ravel() & (spread < 0.5)).sum())


def test_an_edge_is_no_likeness_of_two_images() -> None:
    """Cells at one edge of both, which zeros beyond it make alike; at two edges they are a match as any other."""
    everywhere = np.arange(SIDE**2)
    depth = np.full(SIDE**2, 2.0, np.float32)
    local = np.eye(SIDE**2, dtype=np.float32)
    rolled = np.roll(local.reshape(SIDE, SIDE, -1), SIDE // 2, axis=1).reshape(local.shape)
    view_of = [DenseView(features, SIDE, depth, 0.1 * depth) for features in (local, rolled)]
    still = learned.match(view_of[0], view_of[0], np.eye(4), TARGET, 0.5)
    assert len(still) == (SIDE - 2 * learned.EDGE) ** 2
    # Half an image to the side: columns of the left edge match such of the middle, and upper rows the upper ones still.
    moved = learned.match(view_of[0], view_of[1], np.eye(4), TARGET, 0.5)
    rows = everywhere // SIDE
    assert len(moved) == int(((rows >= learned.EDGE) & (rows < SIDE - learned.EDGE)).sum())


def test_the_largest_share_wins_among_those_with_enough() -> None:
    def pose(count: int, inliers: int) -> LearnedPose:
        return LearnedPose(np.eye(4), np.eye(6), count, np.zeros((inliers, 2)), 1.0)

    assert learned.surest([pose(100, 40), None, pose(60, 30), pose(8, 8)], 20) == 2
    assert learned.surest([None, pose(8, 8)], 20) is None
