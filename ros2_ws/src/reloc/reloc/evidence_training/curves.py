"""Fit an additive, monotone model to samples: logistic regression on ramps whose weights are not negative.

Each fact's range is divided at quantiles of the samples. Between two knots, a ramp rises from 0 to 1, or falls if the
fact speaks against the pose. A sum of ramps with weights of at least 0 is a monotone, piecewise linear curve. scipy's
L-BFGS-B keeps the bounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from reloc.datatypes import Float64
from reloc.estimators.acceptance.evidence.facts import FACTS

KNOTS = 9
_ROUNDED = 4  # decimals of a knot
_STEPS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Fitted:
    """The fitted curves."""

    bias: float
    x: tuple[Float64, ...]  # knots (K,) of each fact
    y: tuple[Float64, ...]  # log-odds (K,) at the knots

    def log_odds(self, facts: Float64) -> Float64:
        """Return the log-odds (N,) of facts (N, F); NaN is unknown and adds nothing."""
        total = np.full(len(facts), self.bias)
        for k, (x, y) in enumerate(zip(self.x, self.y, strict=True)):
            total += np.where(np.isfinite(facts[:, k]), np.interp(np.nan_to_num(facts[:, k]), x, y), 0.0)
        return total


def knots_of(facts: Float64) -> tuple[Float64, ...]:
    """Return the knots (K,) of each fact, at quantiles of its known values (N, F)."""
    found = []
    for column in facts.T:
        known = column[np.isfinite(column)]
        if not len(known):
            known = np.zeros(1)
        at = np.unique(np.round(np.quantile(known, np.linspace(0.0, 1.0, KNOTS)), _ROUNDED))
        found.append(at if len(at) > 1 else np.array([at[0], at[0] + 1.0]))
    return tuple(found)


def fit(
    facts: Float64, right: NDArray[np.bool_], weights: Float64, knots: tuple[Float64, ...], penalty: float
) -> Fitted:
    """Fit the curves.

    Args:
        facts: (N, F), in the order of :data:`FACTS`; NaN is unknown.
        right: (N,) whether the pose is right.
        weights: (N,) of the samples.
        knots: of each fact.
        penalty: on squared weights of ramps, relative to the samples' number.
    """
    ramps, fact_of = _ramps(facts, knots)
    # So that an unknown fact adds what it adds on average.
    middle = np.nansum(ramps, axis=0) / np.maximum(1, np.isfinite(ramps).sum(axis=0))
    centered = np.nan_to_num(ramps - middle, nan=0.0)
    sign, total = np.where(right, 1.0, -1.0), weights.sum()

    def loss(parameters: Float64) -> tuple[float, Float64]:
        log_odds = parameters[0] + centered @ parameters[1:]
        value = weights @ np.logaddexp(0.0, -sign * log_odds) / total
        slope = -sign * weights / (1.0 + np.exp(np.clip(sign * log_odds, -500.0, 500.0))) / total
        shrink = penalty / len(facts) * parameters[1:]
        return (
            float(value + 0.5 * shrink @ parameters[1:]),
            np.concatenate([[slope.sum()], centered.T @ slope + shrink]),
        )

    count = centered.shape[1]
    bounds = [(None, None)] + [(0.0, None)] * count
    found = minimize(
        loss, np.zeros(count + 1), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": _STEPS}
    ).x
    curves = []
    for k, x in enumerate(knots):
        at = np.full((len(x), len(knots)), np.nan)
        at[:, k] = x
        own = fact_of == k
        curves.append(np.asarray((_ramps(at, knots)[0][:, own] - middle[own]) @ found[1:][own]))
    return Fitted(float(found[0]), knots, tuple(curves))


def _ramps(facts: Float64, knots: tuple[Float64, ...]) -> tuple[Float64, NDArray[np.int64]]:
    """Return the ramps (N, R), and the fact (R,) of each."""
    columns, fact_of = [], []
    for k, x in enumerate(knots):
        for low, high in pairwise(x):
            ramp = np.clip((facts[:, k] - low) / (high - low), 0.0, 1.0)
            columns.append(ramp if FACTS[k].for_it else 1.0 - ramp)
            fact_of.append(k)
    return np.stack(columns, axis=1), np.array(fact_of)
