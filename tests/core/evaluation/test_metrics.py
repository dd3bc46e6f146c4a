"""Hand-computed cases."""

import math

import numpy as np
import pytest
from support.outcomes import TRUTH, localized

from reloc.evaluation import metrics
from reloc.geometry import transforms


def test_translation_error_is_the_distance_of_the_centres():
    assert metrics.translation_error(localized((0.3, 0.0, -0.4)).world_from_cam, TRUTH) == pytest.approx(0.5)


@pytest.mark.parametrize("angle", [0.0, 1e-6, 0.22, 90.0, 179.999])
def test_rotation_error_is_the_angle_however_small_or_large(angle):
    turned = localized(turn_deg=(0.0, angle, 0.0)).world_from_cam
    assert metrics.rotation_error_deg(turned, TRUTH) == pytest.approx(angle, abs=2e-7)


def test_error_vector_takes_the_answer_to_the_truth_in_the_world():
    answer = localized((0.1, -0.2, 0.3), (1.0, 2.0, -3.0)).world_from_cam
    error = metrics.error_vector(answer, TRUTH)
    np.testing.assert_allclose(error[:3], [-0.1, 0.2, -0.3], atol=1e-12)
    np.testing.assert_allclose(transforms.so3_exp(error[3:]) @ answer[:3, :3], TRUTH[:3, :3], atol=1e-12)
    np.testing.assert_allclose(np.degrees(error[3:]), [-1.0, -2.0, 3.0], atol=1e-9)


def test_nees_counts_squared_sigmas():
    assert metrics.nees(np.array([0.02, 0.0, 0.03]), np.diag([0.01, 0.01, 0.01]) ** 2) == pytest.approx(4 + 9)


def test_nees_knows_of_correlation():
    covariance = np.array([[1.0, 0.9], [0.9, 1.0]])
    along, across = metrics.nees(np.array([1.0, 1.0]), covariance), metrics.nees(np.array([1.0, -1.0]), covariance)
    assert along == pytest.approx(2 / 1.9)
    assert across == pytest.approx(2 / 0.1)


@pytest.mark.parametrize("covariance", [np.zeros((6, 6)), -np.eye(6), np.full((6, 6), np.nan)])
def test_nees_of_what_is_no_covariance_is_nan(covariance):
    assert math.isnan(metrics.nees(np.ones(6), covariance))


def test_coverage_of_honest_covariances_is_the_confidence():
    rng = np.random.default_rng(1)
    factor = rng.normal(size=(6, 6))
    covariance = factor @ factor.T + np.eye(6)
    errors = rng.multivariate_normal(np.zeros(6), covariance, size=4000)
    values = [metrics.nees(e, covariance) for e in errors]
    assert metrics.coverage(values) == pytest.approx(0.95, abs=0.012)


def test_coverage_counts_nan_as_outside():
    assert metrics.coverage([1.0, math.nan, 100.0, 2.0]) == 0.5


def test_recall_is_over_all_queries_and_needs_both_bounds():
    translation, rotation = [0.05, 0.01, 0.06, 0.01], [5.0, 6.0, 0.1, 0.1]
    assert metrics.recall(translation, rotation, 0.05, 5.0, total=8) == 2 / 8


def test_gross_needs_one_bound():
    assert metrics.gross_rate([0.5, 0.51, 0.1, 0.1], [10.0, 1.0, 10.1, 1.0], total=5) == 2 / 5


def test_nothing_has_no_figures():
    assert all(math.isnan(f([])) for f in (metrics.median, metrics.maximum, metrics.coverage))
    assert math.isnan(metrics.recall([], [], 1, 1, 0))
    assert math.isnan(metrics.gross_rate([], [], 0))
    assert metrics.recall([], [], 1, 1, 3) == 0.0


def test_percentile_interpolates():
    assert metrics.percentile([10, 20], 50) == 15
    assert metrics.percentile([1, 2, 3, 4, 5], 99) == pytest.approx(4.96)
