"""Synthetic matches: how often chance alone is taken for evidence, and planes."""

from __future__ import annotations

import numpy as np
import pytest

from reloc.geometry.planarity import is_homography, is_planar
from reloc.trust.verification.chance import Trials, on_spots


def trials(fits: int, total: int, chance: float) -> Trials:
    return Trials(np.zeros((total, 2)), np.arange(total) < fits, np.full(total, chance))


@pytest.mark.parametrize("chance", [0.002, 0.05, 0.3, 0.9])
def test_matches_that_fit_by_chance_are_no_evidence(chance: float) -> None:
    random = np.random.default_rng(1)
    for _ in range(300):
        drawn = np.random.default_rng(random.integers(1 << 30)).random(120) < chance
        log = Trials(np.zeros((120, 2)), drawn, np.full(120, chance)).log_false_alarms(100)
        assert log > 0.0


def test_the_best_of_many_made_up_poses_is_no_evidence_either() -> None:
    """A pose fitted to the matches has more of them than one that was not: that is what the number of tests is for."""
    random = np.random.default_rng(2)
    best = int(random.binomial(100, 0.02, 20_000).max()) + 3  # three of them it was made from
    assert trials(best, 100, 0.02).log_false_alarms(1) > 0.0


def test_more_of_them_is_more_evidence_and_a_wider_tolerance_less() -> None:
    logs = [trials(k, 100, 0.02).log_false_alarms(100) for k in (5, 10, 20, 40, 80)]
    assert logs == sorted(logs, reverse=True)
    assert logs[-1] < -50
    wider = [trials(40, 100, p).log_false_alarms(100) for p in (0.001, 0.02, 0.2, 0.4)]
    assert wider == sorted(wider)
    assert wider[-1] > 0.0


def test_unlike_chances_are_bounded_by_their_mean() -> None:
    """Hoeffding: the tail of the sum is below the binomial's at the mean; drawn here, a million times."""
    random = np.random.default_rng(3)
    chance = np.repeat([0.01, 0.4], [80, 20])
    sums = (random.random((200_000, 80)) < 0.01).sum(axis=1) + random.binomial(20, 0.4, 200_000)
    for fits in (13, 15, 17):
        one = Trials(np.zeros((100, 2)), np.arange(100) < fits, chance)
        tests = one.log_false_alarms(1) - trials(fits, 100, 0.0881).log_false_alarms(1)
        assert np.log10((sums >= fits).mean()) < np.log10((random.binomial(100, 0.088, 200_000) >= fits).mean())
        assert abs(tests) < 0.05


@pytest.mark.parametrize(("fits", "total", "chance"), [(0, 0, 0.1), (3, 3, 0.1), (3, 500, 1e-9), (50, 50, 1.0)])
def test_where_there_is_nothing_to_count(fits: int, total: int, chance: float) -> None:
    assert trials(fits, total, chance).log_false_alarms(10) >= 0.0


def test_it_is_finite_however_strong() -> None:
    log = trials(2000, 2000, 1e-12).log_false_alarms(1_000_000)
    assert np.isfinite(log)
    assert log < -200


def test_key_points_on_one_spot_are_one_trial() -> None:
    uv = np.array([[12.0, 12.0], [12.5, 11.8], [200.0, 52.0], [200.1, 52.2], [90.0, 90.0]])
    one = on_spots(uv, np.array([True, True, False, True, False]), np.array([0.1, 0.2, 0.7, 0.6, 0.05]), 4.0)
    assert len(one) == 3
    assert int(one.consistent.sum()) == 2
    assert one.expected == pytest.approx(0.3 + 1.0 + 0.05)
    assert len(on_spots(np.zeros((0, 2)), np.zeros(0, bool), np.zeros(0), 4.0)) == 0


def test_a_plane_is_told_from_a_room() -> None:
    random = np.random.default_rng(4)
    wall = np.column_stack([random.uniform(-2, 2, 60), random.uniform(-1, 1, 60), np.full(60, 3.0)])
    noisy = wall + random.normal(0, 0.005, wall.shape)
    corner = noisy.copy()
    corner[:20, 2] -= random.uniform(0.3, 1.5, 20)
    few_off = noisy.copy()
    few_off[:4, 2] -= 1.0
    for xyz, planar in ((wall, True), (noisy, True), (few_off, True), (corner, False)):
        assert is_planar(xyz, np.full(60, 3.0), 400.0, 4.0) is planar


@pytest.mark.parametrize("points", [np.zeros((0, 3)), np.zeros((3, 3)), np.zeros((30, 3))])
def test_too_few_points_or_all_at_one_place_lie_on_a_plane(points: np.ndarray) -> None:
    assert is_planar(points, np.ones(len(points)), 400.0, 4.0)


def test_a_homography_is_told_from_depth() -> None:
    random = np.random.default_rng(5)
    x, y = random.uniform(-1, 1, (2, 80))

    def pixels(z: np.ndarray, shift: float) -> np.ndarray:
        return np.column_stack([400 * (x * z + shift) / z + 320, 400 * y + 240])

    flat, deep = np.full(80, 3.0), random.uniform(1.0, 6.0, 80)
    assert is_homography(pixels(flat, 0.4), pixels(flat, 0.0), 4.0)
    assert not is_homography(pixels(deep, 0.4), pixels(deep, 0.0), 4.0)
    assert is_homography(np.zeros((3, 2)), np.zeros((3, 2)), 4.0)
