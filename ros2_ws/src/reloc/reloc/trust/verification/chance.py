"""Measure how much of an agreement chance explains: a-contrario evidence (Desolneux, Moisan, Morel; Moisan and Stival
2004).

A count of consistent matches means nothing alone: at a wide tolerance half of all matches fit any pose. So each match
gets the probability of fitting an unrelated pose. The evidence is how rare so many fits are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64, freeze
from reloc.estimators.chance_poses import SAMPLE, log_chance_poses


@dataclass(frozen=True, slots=True, eq=False)
class Trials:
    """One trial for each position in the image that has matches: several key points on one spot are one observation."""

    uv: Float64  # (K, 2) pixels of the query's pinhole
    consistent: NDArray[np.bool_]  # (K,) whether one of its matches fits the pose
    chance: Float64  # (K,) probability of such a match for an arbitrary pose

    def __post_init__(self) -> None:
        freeze(self.uv, self.consistent, self.chance)

    def __len__(self) -> int:
        return len(self.uv)

    @property
    def expected(self) -> float:
        """Return the expected number of consistent trials by chance."""
        return float(self.chance.sum())

    def log_false_alarms(self, places: int) -> float:
        """Return log10 of the number of false alarms: the expected number of arbitrary poses that look as good.

        Probabilities differ between matches. The binomial tail at their mean is an upper bound of the tail of their sum
        above the mean (Hoeffding 1956).
        """
        total, fits = len(self), int(self.consistent.sum())
        if total <= SAMPLE or fits <= SAMPLE:
            return log10(max(places, 1)) + 3.0  # no evidence
        mean = float(np.clip(self.chance.mean(), 0.0, 1.0))
        return log_chance_poses(fits, total, mean, places, -300.0)


def on_spots(uv: Float64, fits: NDArray[np.bool_], chance: Float64, spot_px: float) -> Trials:
    """Return trials of matches (M,) at key points ``uv`` (M, 2): those on one spot of ``spot_px`` are one trial.

    A trial is consistent if one of its matches is. The probability of that is at most the sum of theirs.
    """
    if len(uv) == 0:
        return Trials(np.zeros((0, 2)), np.zeros(0, bool), np.zeros(0))
    _, first, spot = np.unique(np.round(uv / spot_px), axis=0, return_index=True, return_inverse=True)
    spot = spot.reshape(-1)
    count = len(first)
    consistent = np.bincount(spot, fits, count) > 0
    together = np.minimum(np.bincount(spot, chance, count), 1.0)
    return Trials(uv[first].copy(), consistent, together)
