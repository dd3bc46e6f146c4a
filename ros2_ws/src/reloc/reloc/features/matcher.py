"""Match a query with references in the way that suits the kind of local features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from numpy import bool_
from numpy.typing import NDArray

from reloc.datatypes import Float32, Int32
from reloc.features.dual_softmax import DualSoftmax, likely_in_each
from reloc.features.matching import DISTINCT_RATIO, mutual_nearest_in_each

# Index pairs (M, 2), and whether each match (M,) is unlikely by chance.
Told = tuple[Int32, NDArray[bool_]]


class Matcher(Protocol):
    """How descriptors are matched."""

    def in_each(self, first: Float32, seconds: Sequence[Float32]) -> list[Told]:
        """Match descriptors (N, D) with each of several (K, D), all float32 of length 1."""
        ...


@dataclass(frozen=True, slots=True)
class ByRatio:
    """Mutual nearest neighbors that pass Lowe's ratio test."""

    max_ratio: float

    def in_each(self, first: Float32, seconds: Sequence[Float32]) -> list[Told]:
        """See :class:`Matcher`."""
        matched = mutual_nearest_in_each(first, seconds, self.max_ratio)
        return [(pairs, (ratio > 0.0) & (ratio < DISTINCT_RATIO)) for pairs, ratio in matched]


@dataclass(frozen=True, slots=True)
class ByDualSoftmax:
    """Mutual nearest neighbors that are probable by dual softmax."""

    how: DualSoftmax
    least: float  # smallest probability of a match

    def in_each(self, first: Float32, seconds: Sequence[Float32]) -> list[Told]:
        """See :class:`Matcher`."""
        matched = likely_in_each(first, seconds, self.how.sharpness, self.least)
        return [(pairs, probability > self.how.distinct) for pairs, probability in matched]


def matcher_of(softmax: DualSoftmax | None, max_ratio: float, min_probability: float) -> Matcher:
    """Return how features are matched: by dual softmax where the kind says how, otherwise by Lowe's ratio."""
    return ByRatio(max_ratio) if softmax is None else ByDualSoftmax(softmax, min_probability)
