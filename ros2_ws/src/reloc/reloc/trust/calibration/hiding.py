"""Choose which references are left out together in leave-one-out.

In a map made from a video, the frame before a reference is nearly the same picture, which makes the test too easy. A
robot drives another path, and two drives through a room seldom stay within 0.1 m for long. So references nearer than
that are left out, too. In a map of key frames farther apart, only the reference itself is left out. The next one is a
whole step away, twice the distance for a robot between two of them, so the test is slightly too hard.

To test a place that the map does not hold, all references are left out that may show any of it.
"""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry.transforms import rotation_angles_between
from reloc.maps.reference_map import ReferenceMap

HIDE_M, HIDE_DEG = 0.1, 5.0
PLACE_M = 4.0  # references with a similar direction within a room's width may show the same


def almost_same(
    reference_map: ReferenceMap, index: int, hide_m: float = HIDE_M, hide_deg: float = HIDE_DEG
) -> tuple[int, ...]:
    """Return the reference and those nearer than ``hide_m`` that are turned less than ``hide_deg``."""
    found = references_near(reference_map, reference_map.world_from_cam[index], hide_m, hide_deg)
    return tuple(sorted({index, *found}))


def references_near(reference_map: ReferenceMap, world_from_cam: Float64, near_m: float, near_deg: float) -> list[int]:
    """Return the references nearer than ``near_m`` to a pose (4, 4) that are turned less than ``near_deg``."""
    poses = reference_map.world_from_cam
    metres = np.linalg.norm(poses[:, :3, 3] - world_from_cam[:3, 3], axis=1)
    degrees = np.rad2deg(rotation_angles_between(poses, world_from_cam))
    found: list[int] = np.flatnonzero((metres < near_m) & (degrees < near_deg)).tolist()
    return found


def same_place(reference_map: ReferenceMap, world_from_cam: Float64) -> tuple[int, ...]:
    """Return all references within 4 m of a pose (4, 4) with a direction less than 90 degrees from it."""
    poses = reference_map.world_from_cam
    metres = np.linalg.norm(poses[:, :3, 3] - world_from_cam[:3, 3], axis=1)
    hidden = (metres < PLACE_M) & (poses[:, :3, 2] @ world_from_cam[:3, 2] > 0.0)
    return tuple(np.flatnonzero(hidden).tolist())
