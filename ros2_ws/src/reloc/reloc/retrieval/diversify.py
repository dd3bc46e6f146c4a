"""Choose candidates that are neither at one place nor scattered (Zhou et al. 2019; ExReNet paper, section IV.A)."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from reloc.datatypes import Candidate, Float64

MIN_DISTANCE = 0.05  # meters: nearer candidates add no baseline
MAX_DISTANCE = 10.0  # meters: farther candidates cannot see the same


def diversify(
    ranked: Iterable[Candidate],
    centres_in_world: Float64,
    count: int,
    min_distance: float = MIN_DISTANCE,
    max_distance: float = MAX_DISTANCE,
) -> tuple[Candidate, ...]:
    """Return the first ``count`` of ``ranked`` whose distances to all chosen before lie within the bounds.

    Args:
        ranked: candidates, best first; the first is always chosen.
        centres_in_world: camera centers (N, 3) of all references.
    """
    chosen: list[Candidate] = []
    for candidate in ranked:
        if len(chosen) == count:
            break
        centre = centres_in_world[candidate.index]
        distances = [float(np.linalg.norm(centre - centres_in_world[c.index])) for c in chosen]
        if all(min_distance <= d <= max_distance for d in distances):
            chosen.append(candidate)
    return tuple(chosen)
