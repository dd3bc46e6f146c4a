"""Quantiles and tails of the distributions in use.

From ``scipy.special``: ``scipy.stats`` gives the same numbers and takes longer to import than all else of a node.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaincinv, gammainc, gammaincinv

# Quantiles of chi2 as the methods were tuned with them: the name says which, and of how many degrees of freedom.
CHI2_95_6DOF = 12.592
CHI2_99_1DOF = 6.63
CHI2_99_2DOF = 9.21
CHI2_99_3DOF = 11.345  # honest covariances explain 99 of 100 differences of positions
CHI2_999_6DOF = 22.46


def chi2_quantile(probability: float, dof: float) -> float:
    """The value that a chi2 variable of ``dof`` degrees of freedom stays under with that probability."""
    return float(2.0 * gammaincinv(dof / 2.0, probability))


def chi2_probability(values: ArrayLike, dof: float) -> NDArray[np.float64]:
    """Inverse of :func:`chi2_quantile`, elementwise."""
    return np.asarray(gammainc(dof / 2.0, np.asarray(values, np.float64) / 2.0), np.float64)


def beta_quantile(probability: float, a: float, b: float) -> float:
    """The value that a beta variable stays under with that probability."""
    return float(betaincinv(a, b, probability))


def share_at_least(right: float, wrong: float, confidence: float) -> float:
    """What a share of right ones is at least, with that confidence, one-sided (Clopper and Pearson)."""
    return beta_quantile(1.0 - confidence, right, wrong + 1.0) if right > 0 else 0.0


def share_at_most(right: float, wrong: float, confidence: float) -> float:
    """What it is at most, likewise."""
    return beta_quantile(confidence, right + 1.0, wrong) if wrong > 0 else 1.0


def log_binomial_tail(more_than: int, trials: int, probability: float) -> float:
    """Natural logarithm of the chance of more than so many successes; -inf where it is less than a float holds."""
    if more_than < 0:
        return 0.0
    if more_than >= trials:
        return float("-inf")
    with np.errstate(divide="ignore"):
        return float(np.log(betainc(more_than + 1.0, trials - more_than, probability)))
