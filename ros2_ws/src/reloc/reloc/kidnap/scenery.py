"""The drives of the test: frames in the order of the camera."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.maps.source import SourceFrame

Frames = tuple[SourceFrame, ...]
Place = tuple[int, int]  # drive and frame number

FAR_M, FAR_RAD = 1.0, math.radians(40.0)  # smallest distance and turn of a kidnap
_TRIES = 200


@dataclass(frozen=True, eq=False)
class Scenery:
    """Drives with known poses at the test's rate, and further data for disturbances."""

    name: str
    drives: tuple[Frames, ...]
    elsewhere: tuple[Frames, ...] = ()  # drives in another building; their poses are None
    moved: tuple[Frames, ...] = ()  # the same drives with moved furniture; empty if not available
    look_alikes: tuple[Place, ...] = field(default=())  # the places that most resemble others of the map

    def pose(self, place: Place) -> Float64:
        """Return world_from_cam (4, 4) at a place."""
        pose = self.drives[place[0]][place[1]].world_from_cam
        assert pose is not None  # poses of drives in the map are all known
        return pose

    def anywhere(self, random: np.random.Generator) -> Place:
        """Draw a frame, all with equal probability."""
        lengths = np.array([len(drive) for drive in self.drives])
        which = int(random.choice(len(lengths), p=lengths / lengths.sum()))
        return which, int(random.integers(lengths[which]))

    def far_from(self, here: Float64, random: np.random.Generator) -> Place:
        """Draw a place far enough from ``here`` (4, 4) for a kidnap; if there is none, return the farthest drawn
        place.
        """
        best, best_far = self.anywhere(random), -1.0
        for _ in range(_TRIES):
            place = self.anywhere(random)
            far = how_far(here, self.pose(place))
            if far >= 1.0:
                return place
            if far > best_far:
                best, best_far = place, far
        return best


def how_far(one: Float64, other: Float64) -> float:
    """Return 1 or more if two poses are far enough apart for a kidnap."""
    return max(distance_between(one, other) / FAR_M, rotation_angle_between(one, other) / FAR_RAD)


def walk(drive: Sequence[SourceFrame], start: int, looks: int, random: np.random.Generator) -> tuple[int, ...]:
    """Return the indices of ``looks`` consecutive frames from ``start`` on; at an end the robot drives back."""
    step = 1 if random.random() < 0.5 else -1
    indices, at = [], start
    for _ in range(looks):
        indices.append(at)
        if not 0 <= at + step < len(drive):
            step = -step
        at = min(max(at + step, 0), len(drive) - 1)
    return tuple(indices)
