"""Map evidence to the probability of being right: monotone, and supported by the samples.

An answer is as good as its weakest evidence. Its score is the lowest percentile of any of its figures among the right
answers. That needs no weights, which few samples could not give, and rises with each figure. Isotonic regression
divides the scores into blocks with rising shares of right answers. The probability of a block is the lower end of its
95 % confidence interval (Clopper and Pearson 1934): 200 right answers and no wrong one give 0.985, never 1. A better
score is never less often right, so a block may also use the answers of the blocks below it.

Evidence weaker than that of all right answers does not prove a wrong answer. With forty samples and four figures, one
in ten further right answers has a figure weaker than all of them. So the probability falls with the distance to them.
It is 0 only if a wrong answer had evidence as good.

Wrong answers to queries from unmapped places are weighted by the assumed rate of such queries, not by their number in
the test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from reloc.datatypes import Float64, freeze
from reloc.distributions import share_at_least
from reloc.trust.calibration.rising_blocks import rising_blocks

FEWEST_OUTCOMES = 30  # answers of known pose; with fewer there is no curve
CONFIDENCE = 0.95
_LEAST_SPREAD = 0.1  # smallest spread of right answers' figures, as a share of the median; less may be chance


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """B blocks of scores, and the right answers' figures that define a score."""

    right: Float64  # (R, F) figures of the right answers, each column sorted
    score: Float64  # (B,) lowest score of each block, rising
    probability: Float64  # (B,) lower bound of the probability of being right; rising
    right_in: Float64  # (B,) right answers in each block
    wrong_in: Float64  # (B,) wrong answers in each block, weighted
    best_below: float = -np.inf  # best score of the wrong answers that are weaker than all right ones

    def __post_init__(self) -> None:
        freeze(self.right, self.score, self.probability, self.right_in, self.wrong_in)

    @classmethod
    def of(cls, right: ArrayLike, wrong: ArrayLike, weights: ArrayLike) -> Self | None:
        """Fit a curve to figures of right answers (R, F) and of wrong ones (W, F) with their weights (W,).

        Returns:
            None if there are fewer than 30 answers, by weight, or no right one.
        """
        good = np.asarray(right, np.float64)
        weight = np.asarray(weights, np.float64).reshape(-1)
        if len(good) == 0 or len(good) + weight.sum() < FEWEST_OUTCOMES:
            return None
        columns = np.sort(good, axis=0)
        bad = np.asarray(wrong, np.float64).reshape(-1, columns.shape[1])
        scores = np.concatenate([_scores(columns, good), _scores(columns, bad)])
        below = scores[len(good) :][(weight > 0.0) & (scores[len(good) :] < 0.0)]
        values, place = np.unique(np.maximum(scores, 0.0), return_inverse=True)
        is_right = np.arange(len(scores)) < len(good)
        rights = np.bincount(place, is_right, len(values)).astype(np.float64)
        wrongs = np.bincount(place, np.concatenate([np.zeros(len(good)), weight]), len(values)).astype(np.float64)
        counted = rights + wrongs > 0
        values, rights, wrongs = values[counted], rights[counted], wrongs[counted]
        begins = rising_blocks(rights / (rights + wrongs), rights + wrongs)
        right_in: Float64 = np.add.reduceat(rights, begins)
        wrong_in: Float64 = np.add.reduceat(wrongs, begins)
        edge = np.where(begins > 0, wrongs[begins - 1], 0.0)
        best_below = float(below.max(initial=-np.inf))
        return cls(columns, values[begins], _lower(right_in, wrong_in, edge), right_in, wrong_in, best_below)

    def score_of(self, figures: ArrayLike) -> float:
        """Return the percentile of the weakest of figures (F,) among the right answers, above 0 to 1.

        It is below 0 for evidence weaker than all of them: then it is the distance to the weakest one, in units of the
        distance from the weakest one to the median.
        """
        return float(_scores(self.right, np.asarray(figures, np.float64)[None])[0])

    def at(self, figures: ArrayLike) -> float:
        """Return the probability that an answer with these figures (F,) is right.

        For evidence below all right answers, it is the weakest one's probability, halved for each unit of distance (see
        :meth:`score_of`). It is 0 if a wrong answer had evidence as good.
        """
        score = self.score_of(figures)
        if score <= self.best_below or not np.isfinite(score):
            return 0.0
        weakest = self.score_of(self.right[0])
        block = int(np.searchsorted(self.score, max(score, weakest), side="right")) - 1
        return float(self.probability[block] * np.exp2(min(score, 0.0)))


def lower_bound(right: float, wrong: float) -> float:
    """Return the lower bound of a share of right answers, with 95 % confidence (one-sided)."""
    return share_at_least(right, wrong, CONFIDENCE)


def _scores(columns: Float64, figures: Float64) -> Float64:
    """Return scores (N,) of figures (N, F); NaN counts as weakest."""
    scores = []
    for column, own in zip(columns.T, figures.T, strict=True):
        median = float(np.median(column))
        spread = max(median - float(column[0]), _LEAST_SPREAD * abs(median), np.finfo(np.float64).tiny)
        with np.errstate(over="ignore"):
            short = (own - column[0]) / spread
        rank = np.searchsorted(column, own, side="right") / len(column)
        scores.append(np.where(np.isnan(own), -np.inf, np.where(short < 0.0, short, rank)))
    return np.asarray(np.min(scores, axis=0), dtype=np.float64)


def _lower(rights: Float64, wrongs: Float64, edge: Float64) -> Float64:
    """Return (B,) the probability of each block: the best bound of it together with blocks below it.

    A block begins where the wrong answers below it end, so they determined it. Therefore the last of them, of weight
    ``edge`` (B,), also counts for it. Without that, one in five probabilities was too high in a test, instead of one in
    twenty.
    """
    best = np.zeros(len(rights))
    for last in range(len(rights)):
        together = (
            lower_bound(rights[k : last + 1].sum(), wrongs[k : last + 1].sum() + edge[k]) for k in range(last + 1)
        )
        best[last] = max(together)
    return np.asarray(np.maximum.accumulate(best))
