import numpy as np

from reloc.datatypes import Candidate
from reloc.retrieval.diversify import diversify


def ranked(count: int) -> list[Candidate]:
    return [Candidate(i, 1.0 - 0.1 * i) for i in range(count)]


def test_too_near_and_too_far_are_skipped() -> None:
    centres = np.array([[0, 0, 0], [0.04, 0, 0], [0.05, 0, 0], [20, 0, 0], [1, 0, 0], [9.99, 0, 0]], float)
    assert [c.index for c in diversify(ranked(6), centres, 5)] == [0, 2, 4, 5]


def test_distances_are_to_all_chosen_before() -> None:
    centres = np.array([[0, 0, 0], [6, 0, 0], [-6, 0, 0], [3, 0, 0]], float)
    assert [c.index for c in diversify(ranked(4), centres, 5)] == [0, 1, 3]  # -6 is 12 m from 6


def test_stops_at_the_count() -> None:
    centres = np.arange(10, dtype=float)[:, None] * [1, 0, 0]
    assert len(diversify(ranked(10), centres, 5)) == 5
    assert diversify([], centres, 5) == ()
