"""Factors on standard deviations, from errors whose law is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from reloc.datatypes import Localized, Support
from reloc.geometry.covariance import is_usable
from reloc.trust.calibration.covariance_scale import fewest_to_shrink, fit, scaled
from reloc.trust.calibration.record import CovarianceScale

_BASE = np.random.default_rng(3).normal(size=(6, 6))
STATED = _BASE @ _BASE.T * 0.01 + np.eye(6) * 0.001


def drawn(count: int, position: float, rotation: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Errors whose sigmas are so many times the stated ones, and what was stated."""
    factor = np.repeat([position, rotation], 3)
    real = STATED * np.outer(factor, factor)
    errors = np.random.default_rng(seed).multivariate_normal(np.zeros(6), real, count)
    return errors, np.tile(STATED, (count, 1, 1))


@pytest.mark.parametrize(("position", "rotation"), [(3.0, 1.5), (0.4, 2.0), (0.3, 0.5)])
def test_the_factors_are_found_and_hold_for_the_next_errors(position: float, rotation: float) -> None:
    found = fit(*drawn(400, position, rotation), own_drive=True)
    assert found.position == pytest.approx(position, rel=0.25)
    assert found.rotation == pytest.approx(rotation, rel=0.25)
    errors, _ = drawn(4000, position, rotation, seed=1)
    factor = np.repeat([found.position, found.rotation], 3)
    nees = np.einsum("ni,ij,nj->n", errors, np.linalg.inv(STATED * np.outer(factor, factor)), errors)
    assert 0.93 < (nees <= chi2.ppf(0.95, 6)).mean() < 0.99
    assert found.answers == 400
    assert 0.95 <= found.inside_after < 0.99


@pytest.mark.parametrize("count", [60, 100, 250])
@pytest.mark.parametrize("stated_too_wide", [True, False])
def test_of_errors_to_come_95_in_100_are_inside_however_few_were_looked_at(count: int, stated_too_wide: bool) -> None:
    """As a mean of many drives; of one drive it varies, the more the fewer its answers are."""
    inside = []
    for seed in range(60):
        times = 0.2 if stated_too_wide else 3.0
        errors, stated = drawn(count + 400, times, times, seed)
        found = fit(errors[:count], stated[:count], own_drive=True)
        factor = np.repeat([found.position, found.rotation], 3)
        nees = np.einsum(
            "ni,ij,nj->n", errors[count:], np.linalg.inv(STATED * np.outer(factor, factor)), errors[count:]
        )
        inside.append((nees <= chi2.ppf(0.95, 6)).mean())
    assert 0.94 < np.mean(inside) < 0.965


def test_references_never_make_it_smaller() -> None:
    found = fit(*drawn(400, 0.2, 2.0), own_drive=False)
    assert found.position == 1.0
    assert found.rotation > 1.5


def test_few_answers_never_make_it_smaller() -> None:
    assert fewest_to_shrink() == 59
    few, enough = (fit(*drawn(count, 0.2, 0.2), own_drive=True) for count in (58, 59))
    assert (few.position, few.rotation) == (1.0, 1.0)
    assert enough.position < 0.5


def test_nothing_to_go_by() -> None:
    assert fit(np.zeros((0, 6)), np.zeros((0, 6, 6)), own_drive=True) == CovarianceScale()


def test_one_answer_may_only_widen() -> None:
    found = fit(*drawn(1, 5.0, 5.0), own_drive=True)
    assert found.position >= 1.0
    assert found.inside_after == 1.0


def test_a_scaled_covariance_stays_one_and_keeps_its_correlations() -> None:
    answer = Localized(np.eye(4), STATED.copy(), Support(50, 40, 0.5, 1.0, 0))
    wide = scaled(answer, CovarianceScale(3.0, 0.5)).covariance
    assert is_usable(wide)
    np.testing.assert_allclose(np.sqrt(np.diag(wide) / np.diag(STATED)), [3, 3, 3, 0.5, 0.5, 0.5])
    sigma, was = np.sqrt(np.diag(wide)), np.sqrt(np.diag(STATED))
    np.testing.assert_allclose(wide / np.outer(sigma, sigma), STATED / np.outer(was, was), atol=1e-12)
    assert scaled(answer, CovarianceScale()) is answer
