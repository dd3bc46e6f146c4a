"""Find the references nearest to a pose."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from reloc.datatypes import Candidate, Float64
from reloc.geometry.transforms import rotation_angles_between
from reloc.maps.reference_map import ReferenceMap


def nearest(
    reference_map: ReferenceMap, world_from_cam: Float64, count: int, without: Collection[int] = ()
) -> tuple[Candidate, ...]:
    """Return ``count`` references without those of ``without``, nearest first; a turn by 1 rad counts as 1 m.

    No images are compared, so ``similarity`` is the cosine between the two viewing directions.
    """
    poses = reference_map.world_from_cam
    metres = np.linalg.norm(poses[:, :3, 3] - world_from_cam[:3, 3], axis=1)
    radians = rotation_angles_between(poses, world_from_cam)
    towards = poses[:, :3, 2] @ world_from_cam[:3, 2]
    order = np.argsort(metres + radians, kind="stable").tolist()
    best = [i for i in order if i not in without][:count]
    return tuple(Candidate(i, float(np.clip(towards[i], -1.0, 1.0))) for i in best)
