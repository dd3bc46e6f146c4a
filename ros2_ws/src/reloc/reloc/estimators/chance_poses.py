"""How many arbitrary poses fit as many matches by chance: the number of false alarms (Moisan and Stival 2004)."""

from __future__ import annotations

from math import lgamma, log, log10

from reloc.distributions import log_binomial_tail

SAMPLE = 3  # matches that determine a pose: any three fit some pose exactly
_LN10 = log(10.0)


def log_chance_poses(fits: int, trials: int, chance: float, places: int, least_tail: float) -> float:
    """Return log10 of the expected number of arbitrary poses that as many of the trials fit.

    A pose may have been fitted to these matches: the best of all poses from three of them. So all of those are tests,
    in each of the places, and the three used matches do not count.

    Args:
        fits: trials that fit the pose, more than :data:`SAMPLE`.
        trials: number of independent matches.
        chance: probability that one of them fits an arbitrary pose, 0 to 1.
        places: number of places in which the pose could be.
        least_tail: log10 that stands for probabilities below the smallest float, whose logarithm is no figure.
    """
    tests = log10(max(places, 1)) + log10(trials) + _log10_choose(trials, SAMPLE)
    tail = log_binomial_tail(fits - SAMPLE - 1, trials - SAMPLE, chance) / _LN10
    return tests + max(tail, least_tail)


def _log10_choose(n: int, k: int) -> float:
    return (lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)) / _LN10
