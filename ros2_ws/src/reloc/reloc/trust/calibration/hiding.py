"""Which references are left out with one, when it is localized against the rest.

A reference alone among its neighbours is found too easily where a map is made of a video: the frame before it is nearly
the same picture. A robot's own pictures are taken on another drive, and no two drives through a room run closer than
about a decimetre for long: so what is nearer than that is left out, too. In a map of keyframes that stand farther
apart it is the reference alone, and the next one is a whole step away, twice as far as a robot between two of them
would have it: there the test is a little harder than life.

To see what a method says of a place that the map does not hold, all are left out that may show any of it.
"""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry.transforms import rotation_angles_between
from reloc.maps.reference_map import ReferenceMap

HIDE_M, HIDE_DEG = 0.1, 5.0
PLACE_M = 4.0  # what looks the same way from within a room's width may show the same


def almost_same(
    reference_map: ReferenceMap, index: int, hide_m: float = HIDE_M, hide_deg: float = HIDE_DEG
) -> tuple[int, ...]:
    """The reference and those nearer than ``hide_m`` that are turned less than ``hide_deg``."""
    poses = reference_map.world_from_cam
    metres = np.linalg.norm(poses[:, :3, 3] - poses[index, :3, 3], axis=1)
    degrees = np.rad2deg(rotation_angles_between(poses, poses[index]))
    hidden = (metres < hide_m) & (degrees < hide_deg)
    hidden[index] = True
    return tuple(np.flatnonzero(hidden).tolist())


def same_place(reference_map: ReferenceMap, world_from_cam: Float64) -> tuple[int, ...]:
    """All references within 4 m of a pose (4, 4) that look less than 90 degrees away from where it does."""
    poses = reference_map.world_from_cam
    metres = np.linalg.norm(poses[:, :3, 3] - world_from_cam[:3, 3], axis=1)
    hidden = (metres < PLACE_M) & (poses[:, :3, 2] @ world_from_cam[:3, 2] > 0.0)
    return tuple(np.flatnonzero(hidden).tolist())
