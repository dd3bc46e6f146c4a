"""Quantiles and tails of the distributions in use.

They come from ``scipy.special``. ``scipy.stats`` gives the same numbers, but its import takes longer than all others of
a node.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincinv, gammainc, gammaincinv

# Quantiles of chi2 that the methods were tuned with: the name gives the probability and the degrees of freedom.
CHI2_95_6DOF = 12.592
CHI2_99_1DOF = 6.63
CHI2_99_2DOF = 9.21
CHI2_99_3DOF = 11.345  # correct covariances explain 99 of 100 differences of positions
CHI2_999_6DOF = 22.46


def chi2_quantile(probability: float, dof: float) -> float:
    """Return the value that a chi2 variable of ``dof`` degrees of freedom is below with that probability."""
    return float(2.0 * gammaincinv(dof / 2.0, probability))


def chi2_probability(values: ArrayLike, dof: float) -> NDArray[np.float64]:
    """Return the inverse of :func:`chi2_quantile`, elementwise."""
    return np.asarray(gammainc(dof / 2.0, np.asarray(values, np.float64) / 2.0), np.float64)


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return the value that a beta variable is below with that probability."""
    return float(betaincinv(a, b, probability))


def share_at_least(right: float, wrong: float, confidence: float) -> float:
    """Return the lower bound of a share of right ones with that confidence, one-sided (Clopper and Pearson)."""
    return beta_quantile(1.0 - confidence, right, wrong + 1.0) if right > 0 else 0.0


def share_at_most(right: float, wrong: float, confidence: float) -> float:
    """Return the upper bound of that share, likewise."""
    return beta_quantile(confidence, right + 1.0, wrong) if wrong > 0 else 1.0


def log_binomial_tail(more_than: int, trials: int, probability: float) -> float:
    """Return the natural logarithm of the probability of more successes than that; -inf below the smallest float."""
    if more_than < 0:
        return 0.0
    if more_than >= trials:
        return float("-inf")
    with np.errstate(divide="ignore"):
        return float(np.log(betainc(more_than + 1.0, trials - more_than, probability)))
