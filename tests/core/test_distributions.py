"""Quantiles and tails: tables, and SciPy's slow ones."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from reloc import distributions
from reloc.distributions import (
    beta_quantile,
    chi2_probability,
    chi2_quantile,
    log_binomial_tail,
    share_at_least,
    share_at_most,
)


def test_chi2_quantiles_are_those_of_the_tables():
    assert chi2_quantile(0.95, 6) == pytest.approx(12.5916, abs=1e-4)
    assert chi2_quantile(0.95, 3) == pytest.approx(7.8147, abs=1e-4)
    assert chi2_quantile(0.5, 6) == pytest.approx(5.3481, abs=1e-4)
    assert chi2_probability([12.5916], 6)[0] == pytest.approx(0.95, abs=1e-5)


@pytest.mark.parametrize(("probability", "a", "b"), [(0.025, 1, 40), (0.975, 39, 2), (0.95, 1, 1700), (0.05, 0.5, 3.0)])
def test_beta_quantiles_are_those_of_scipy(probability, a, b):
    assert beta_quantile(probability, a, b) == pytest.approx(stats.beta.ppf(probability, a, b), rel=1e-9)


def test_bounds_of_a_share_leave_what_was_seen_as_rare_as_was_asked():
    low, high = share_at_least(8, 2, 0.95), share_at_most(8, 2, 0.95)
    assert stats.binom.sf(7, 10, low) == pytest.approx(0.05)
    assert stats.binom.cdf(8, 10, high) == pytest.approx(0.05)
    assert share_at_least(0, 10, 0.95) == 0.0
    assert share_at_most(10, 0, 0.95) == 1.0


@pytest.mark.parametrize("probability", [0.0, 1e-9, 0.01, 0.5, 1.0])
def test_binomial_tails_are_those_of_scipy(probability):
    for more_than, trials in ((-1, 5), (0, 5), (3, 40), (39, 40), (40, 40), (10, 500)):
        expected = stats.binom.logsf(more_than, trials, probability)
        assert log_binomial_tail(more_than, trials, probability) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_a_tail_that_no_float_holds_is_minus_infinity():
    assert log_binomial_tail(299, 400, 1e-6) == -np.inf


def test_no_node_waits_for_all_of_scipy_stats():
    code = "import sys, reloc.engine, reloc.cli.main; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("stated", "probability", "dof"),
    [
        (distributions.CHI2_95_6DOF, 0.95, 6),
        (distributions.CHI2_99_1DOF, 0.99, 1),
        (distributions.CHI2_99_2DOF, 0.99, 2),
        (distributions.CHI2_99_3DOF, 0.99, 3),
        (distributions.CHI2_999_6DOF, 0.999, 6),
    ],
)
def test_rounded_quantiles_are_those_their_names_say(stated: float, probability: float, dof: int) -> None:
    assert stated == pytest.approx(distributions.chi2_quantile(probability, dof), rel=1e-3)
