"""Match descriptors by dual softmax: the probability that each of two key points is the other's match.

A network that learned to match by dual softmax is matched best so. On each side, a pair competes with all others of
the image, each weighed by its likeness, and not only with the second nearest as in the ratio test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from reloc.datatypes import Float32
from reloc.features.matching import LEAST_ROWS, TILE_BYTES, Matched


@dataclass(frozen=True, slots=True)
class DualSoftmax:
    """What a kind of features needs to be matched by dual softmax."""

    sharpness: float  # factor of a cosine in the softmax
    distinct: float  # a match with a higher probability is unlikely by chance


def likely_in_each(first: Float32, seconds: Sequence[Float32], sharpness: float, least: float) -> list[Matched]:
    """Return the mutual nearest neighbors of ``first`` in each of ``seconds``: index pairs (M, 2), and the probability
    (M,) of each.

    Args:
        first: (N, D) float32 of length 1, say of a query.
        seconds: each (K, D) float32 of length 1, say of the references of a place. Each is matched by itself.
        sharpness: factor of a cosine in the softmax.
        least: smallest probability of a match.
    """
    ends = np.cumsum([0, *map(len, seconds)])
    spans = [slice(int(a), int(b)) for a, b in pairwise(ends)]
    count, total = len(first), int(ends[-1])
    if count == 0 or total == 0:
        return [_chosen(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)) for _ in spans]
    columns = np.concatenate(seconds).T
    partner = np.zeros((len(spans), count), np.int64)
    best, row_sum = np.zeros((2, len(spans), count), np.float32)
    column_best, column_sum = np.zeros((2, total), np.float32)
    rows = max(LEAST_ROWS, TILE_BYTES // (4 * total))
    tile = np.empty((min(rows, count), total), np.float32)
    for start in range(0, count, rows):
        some = first[start : start + rows] * np.float32(sharpness)
        alike = np.matmul(some, columns, out=tile[: len(some)])
        alike -= np.float32(sharpness)  # so that no exponential overflows
        np.exp(alike, out=alike)
        np.maximum(column_best, alike.max(axis=0), out=column_best)
        column_sum += alike.sum(axis=0)
        stop, row = start + len(some), np.arange(len(some))
        for number, span in enumerate(spans):
            if span.stop > span.start:
                block = alike[:, span]
                nearest = block.argmax(axis=1)
                partner[number, start:stop], best[number, start:stop] = nearest, block[row, nearest]
                row_sum[number, start:stop] = block.sum(axis=1)
    found = []
    for number, span in enumerate(spans):
        if span.stop == span.start:
            found.append(_chosen(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)))
            continue
        own, nearest = best[number], partner[number]
        # The same number of the same product, so it is equal to the bit. Of two that tie, the first is taken.
        mutual = np.flatnonzero((own == column_best[span][nearest]) & (own > 0.0))
        mutual = np.sort(mutual[np.unique(nearest[mutual], return_index=True)[1]])
        probability = (own[mutual] / row_sum[number, mutual]) * (own[mutual] / column_sum[span][nearest[mutual]])
        likely = probability >= least
        found.append(_chosen(mutual[likely], nearest[mutual[likely]], probability[likely]))
    return found


def _chosen(first: np.ndarray, second: np.ndarray, probability: Float32) -> Matched:
    return np.column_stack([first, second]).astype(np.int32), probability.astype(np.float32)
