"""Find the headings without a view at the places of references."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from reloc.evaluation.coverage.floor import NEAR_M, NEAR_RAD, Floor, turned

SECTORS = 12  # number of sectors of a circle
SECTOR_RAD = 2.0 * np.pi / SECTORS


@dataclass(frozen=True, slots=True, eq=False)
class PlaceHeadings:
    """References within a meter, and the headings that they cover."""

    references: tuple[int, ...]  # the first is the middle one
    covered: NDArray[np.bool_]  # (SECTORS,) whether a view is within 30 degrees of each sector's middle

    @property
    def gap(self) -> tuple[float, float]:
        """Return the widest range of headings without a view: its middle and its width in radians; width 0: none."""
        if self.covered.all():
            return 0.0, 0.0
        if not self.covered.any():
            return 0.0, 2.0 * np.pi
        first = int(np.flatnonzero(self.covered)[0])
        around = np.roll(self.covered, -first)  # starts at a covered sector, so no gap wraps around the end
        edges = np.flatnonzero(np.diff(np.append(around, True).astype(int)))
        begins, ends = edges[::2] + 1, edges[1::2] + 1
        widest = int(np.argmax(ends - begins))
        width = (ends[widest] - begins[widest]) * SECTOR_RAD
        return float(sector_middle(first + begins[widest]) - SECTOR_RAD / 2 + width / 2), float(width)


def sector_middle(number: int) -> float:
    """Return the heading of a sector's middle in radians."""
    return float(number * SECTOR_RAD)


def find_places(floor: Floor) -> tuple[PlaceHeadings, ...]:
    """Return all places with level views, those with the most references first."""
    near = [np.array(found) for found in cKDTree(floor.xy).query_ball_point(floor.xy, NEAR_M, return_sorted=True)]
    left = ~np.isnan(floor.heading)
    count = np.array([left[found].sum() for found in near])
    places = []
    while left.any():
        middle = int(np.argmax(np.where(left, count, -1)))
        here = near[middle][left[near[middle]]]
        looking = floor.heading[near[middle]]
        covered = [bool((turned(looking, sector_middle(k)) <= NEAR_RAD + 1e-9).any()) for k in range(SECTORS)]
        places.append(PlaceHeadings((middle, *(i for i in here.tolist() if i != middle)), np.array(covered)))
        left[here] = False
        for gone in here.tolist():
            count[near[gone]] -= 1
    return tuple(places)
