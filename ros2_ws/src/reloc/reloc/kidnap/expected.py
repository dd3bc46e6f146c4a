"""Where relocalization should work, by the map's own check of its references."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from reloc.datatypes import Float64
from reloc.evaluation.self_check import leave_one_out
from reloc.geometry.transforms import rotation_angles_between
from reloc.maps.progress import Progress
from reloc.maps.reference_map import ReferenceMap

NEAR_M, NEAR_RAD = 1.0, np.deg2rad(30.0)


class Expected:
    """A view should be found if the nearest reference that looks the same way was."""

    def __init__(self, reference_map: ReferenceMap, problems: Collection[str]) -> None:
        """``problems``: names of references that the check could not place."""
        self._poses = reference_map.world_from_cam
        self._works = np.array([name not in problems for name in reference_map.names])

    def at(self, world_from_cam: Float64) -> bool:
        """Whether it should be found there (4, 4); not where no reference is near."""
        metres = np.linalg.norm(self._poses[:, :3, 3] - world_from_cam[:3, 3], axis=1)
        radians = rotation_angles_between(self._poses, world_from_cam[None])
        far = np.maximum(metres / NEAR_M, radians / NEAR_RAD)
        nearest = int(np.argmin(far))
        return bool(far[nearest] <= 1.0 and self._works[nearest])


def find_problems(reference_map: ReferenceMap, progress: Progress) -> tuple[str, ...]:
    """Names of the references that the others cannot place. Takes some tenths of a second for each."""
    found = leave_one_out(reference_map, lambda done, total: progress("check", done, total))
    return tuple(check.name for check in found if check.problem)
