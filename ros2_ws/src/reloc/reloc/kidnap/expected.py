"""Predict where relocalization should work, from the map's own check of its references."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from reloc.datatypes import Float64
from reloc.evaluation.coverage.finding import ReferenceFinding, from_record, from_self_check
from reloc.evaluation.self_check import leave_one_out
from reloc.geometry.transforms import rotation_angles_between
from reloc.maps.progress import Progress
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.calibration import Calibration

# Success is predicted up to this distance from a working reference. Of 441 kidnaps in five rendered worlds, 95 % of
# those within it were recovered, and 81 % of those up to twice as far away.
NEAR_M, NEAR_RAD = 0.5, float(np.deg2rad(15.0))


class Expected:
    """Predict success for a view if the nearest reference in the same direction was found."""

    def __init__(self, reference_map: ReferenceMap, problems: Collection[str]) -> None:
        """Create it. ``problems`` are the names of references that fail in leave-one-out."""
        self._poses = reference_map.world_from_cam
        self._works = np.array([name not in problems for name in reference_map.names])

    def at(self, world_from_cam: Float64) -> bool:
        """Return whether a pose (4, 4) should be found; False without a near reference."""
        far = _far(self._poses, world_from_cam)
        nearest = int(np.argmin(far))
        return bool(far[nearest] <= 1.0 and self._works[nearest])


def find_problems(
    reference_map: ReferenceMap, calibration: Calibration | None, progress: Progress
) -> tuple[str, ...] | None:
    """Return the names of the references that fail in leave-one-out.

    They come from the method's own calibration, as in `reloc map check`. Without a calibration, or with one from a
    drive only, they come from the map's landmarks, which takes some tenths of a second per reference.

    Returns:
        The names, or None if there are no landmarks either, so that nothing is known.
    """
    if calibration is not None:
        findings = from_record(reference_map, calibration.record)
        if any(one.state != "untried" for one in findings):
            return _not_working(reference_map, findings)
    if not reference_map.has_landmarks:
        return None
    found = leave_one_out(reference_map, lambda done, total: progress("check", done, total))
    return _not_working(reference_map, from_self_check(reference_map, found))


def _not_working(reference_map: ReferenceMap, findings: Sequence[ReferenceFinding]) -> tuple[str, ...]:
    """Return the references whose answer would be refused. An untested one gets the result of a tested one nearby."""
    poses = reference_map.world_from_cam
    tried = [one.index for one in findings if one.state != "untried"]
    names = []
    for one in findings:
        state, near = one.state, True
        if state == "untried":
            far = _far(poses[tried], poses[one.index])
            state, near = findings[tried[int(np.argmin(far))]].state, bool(far.min() <= 1.0)
        if state != "works" or not near:
            names.append(one.name)
    return tuple(names)


def _far(poses: Float64, world_from_cam: Float64) -> Float64:
    """Return the distances (N,) of poses (N, 4, 4) from one pose (4, 4).

    Up to 1, they are near and look the same way.
    """
    metres = np.linalg.norm(poses[:, :3, 3] - world_from_cam[:3, 3], axis=1)
    return np.asarray(np.maximum(metres / NEAR_M, rotation_angles_between(poses, world_from_cam[None]) / NEAR_RAD))
