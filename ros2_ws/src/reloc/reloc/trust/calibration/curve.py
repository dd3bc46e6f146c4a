"""From evidence to the probability of being right: monotone, and no surer than the samples allow.

An answer is as good as its weakest evidence: its score is the least rank of any of its figures among those of the right
answers. That needs no weights, which few samples could not give, and rises with each figure. Isotonic regression
divides the scores into blocks, from the least to the most often right. What is told of a block is the lower end of
its 95 % confidence interval (Clopper and Pearson 1934): 200 right answers and no wrong one make 0.985, never 1. Since a
better score is never less often right, the answers below may speak for those above, where that makes more of them.

Evidence weaker than that of all right answers is no proof of a wrong one: of forty samples and four figures, one in ten
further right answers has a figure weaker than all of theirs. So what is told of it falls with how much weaker it is,
and is nothing only where a wrong answer was seen with evidence as good.

Wrong answers to queries from places that the map does not hold count by how often a robot meets such a place, as is
supposed, and not by how many of them were tried.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from reloc.datatypes import Float64, freeze
from reloc.distributions import share_at_least
from reloc.trust.calibration.rising_blocks import rising_blocks

FEWEST_OUTCOMES = 30  # answers of known pose; with fewer, nothing is said
CONFIDENCE = 0.95
_LEAST_SPREAD = 0.1  # of the median: figures of right answers that are all alike may be so by chance


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """B blocks of scores, and the right answers' figures, by which a score is made."""

    right: Float64  # (R, F) figures of the right answers, each column sorted
    score: Float64  # (B,) least of each block, rising
    probability: Float64  # (B,) of being right, at least; rising
    right_in: Float64  # (B,) right answers in each block
    wrong_in: Float64  # (B,) wrong ones, by their weights
    best_below: float = -np.inf  # the best score of the wrong answers that are weaker than all right ones

    def __post_init__(self) -> None:
        freeze(self.right, self.score, self.probability, self.right_in, self.wrong_in)

    @classmethod
    def of(cls, right: ArrayLike, wrong: ArrayLike, weights: ArrayLike) -> Self | None:
        """From figures of right answers (R, F) and of wrong ones (W, F) with their weights (W,).

        Returns:
            None where there are fewer than 30 answers, by weight, or no right one.
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
        """Of figures (F,) the weakest one's rank among those of right answers, above 0 to 1.

        Below 0 where it is weaker than all of them: by how many times the distance from the weakest to the median.
        """
        return float(_scores(self.right, np.asarray(figures, np.float64)[None])[0])

    def at(self, figures: ArrayLike) -> float:
        """The probability of an answer with these figures (F,) being right.

        Weaker than all right ones, it is that of the weakest, halved for each distance from that one to the median;
        0 where a wrong answer was as good.
        """
        score = self.score_of(figures)
        if score <= self.best_below or not np.isfinite(score):
            return 0.0
        weakest = self.score_of(self.right[0])
        block = int(np.searchsorted(self.score, max(score, weakest), side="right")) - 1
        return float(self.probability[block] * np.exp2(min(score, 0.0)))


def lower_bound(right: float, wrong: float) -> float:
    """What a share of right answers is at least, with 95 % confidence (one-sided)."""
    return share_at_least(right, wrong, CONFIDENCE)


def _scores(columns: Float64, figures: Float64) -> Float64:
    """(N,) of figures (N, F); NaN is the weakest there is."""
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
    """(B,) of each block: the best that it says together with those below it that speak for it.

    A block begins where the wrong answers below it end: it was chosen by them. So the last of these, of weight ``edge``
    (B,), counts for it, too; without that, one in five of the figures was above the truth in a test, and not one in
    twenty.
    """
    best = np.zeros(len(rights))
    for last in range(len(rights)):
        together = (
            lower_bound(rights[k : last + 1].sum(), wrongs[k : last + 1].sum() + edge[k]) for k in range(last + 1)
        )
        best[last] = max(together)
    return np.asarray(np.maximum.accumulate(best))
