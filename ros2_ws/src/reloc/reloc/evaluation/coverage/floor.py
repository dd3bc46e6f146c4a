"""A map's references on the floor plan: positions, directions, and which show the same."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from reloc.datatypes import Float64
from reloc.evaluation.report.top_view import find_ground
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.hiding import HIDE_M

# Views of one spot. Twice as far, a working view still predicts others: see reloc.kidnap.expected.
NEAR_M, NEAR_RAD = 1.0, float(np.deg2rad(30.0))

_LEVEL = 0.2  # a view with a shorter horizontal part looks at the floor or the ceiling and has no heading
_BLIND_M = 2.0  # assumed viewing distance of a reference without landmarks
_NEAREST_M, _FARTHEST_M = 0.5, 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Floor:
    """N references from above, along gravity."""

    labels: tuple[str, str]  # labels of the axes
    xy: Float64  # (N, 2) meters
    heading: Float64  # (N,) radians from the first axis toward the second; NaN if a view is not level
    seen: Float64  # (N, 2) middle of what each sees

    @classmethod
    def of(cls, reference_map: ReferenceMap) -> Self:
        """Make the plan of all references."""
        poses = reference_map.world_from_cam
        ground = find_ground(poses)
        forward = poses[:, :3, 2]
        level = ground.flat(forward)
        heading = np.where(np.linalg.norm(level, axis=1) > _LEVEL, np.arctan2(level[:, 1], level[:, 0]), np.nan)
        far = np.array([_depth(reference_map, index) for index in range(len(reference_map))])
        seen = ground.flat(poses[:, :3, 3] + forward * far[:, None])
        return cls(ground.labels, ground.flat(poses[:, :3, 3]), heading, seen)

    def near(self, index: int, within_m: float = NEAR_M, within_rad: float = NEAR_RAD) -> Float64:
        """Return (N,) bool: views nearby in the same direction, including the view itself."""
        metres = np.linalg.norm(self.xy - self.xy[index], axis=1)
        near = (metres <= within_m) & (turned(self.heading, self.heading[index]) <= within_rad)
        near[index] = True
        return np.asarray(near)

    def next_view_m(self, index: int) -> float:
        """Return meters to the next view in the same direction that is not a near duplicate; infinite without one."""
        metres = np.linalg.norm(self.xy - self.xy[index], axis=1)
        metres[metres < HIDE_M] = np.inf  # these are left out together with it
        metres[turned(self.heading, self.heading[index]) > NEAR_RAD] = np.inf
        return float(metres.min())

    def grouped(self, indices: Iterable[int]) -> list[tuple[int, ...]]:
        """Return references grouped by place and heading, the largest group first."""
        chosen = np.array(list(indices), np.intp)
        near = np.array([self.near(int(index))[chosen] for index in chosen], bool).reshape(len(chosen), len(chosen))
        left, groups = np.ones(len(chosen), bool), list[tuple[int, ...]]()
        while left.any():
            middle = int(np.argmax(np.where(left, near[:, left].sum(axis=1), -1)))
            group = np.flatnonzero(near[middle] & left)
            groups.append((int(chosen[middle]), *(int(chosen[i]) for i in group if i != middle)))
            left[group] = False
        return groups


def turned(heading: Float64, other: float) -> Float64:
    """Return (N,) radians, 0 to pi, between headings (N,) and another; infinite if one is NaN."""
    angle = np.abs((heading - other + np.pi) % (2 * np.pi) - np.pi)
    return np.asarray(np.where(np.isnan(angle), np.inf, angle), np.float64)


def spot(xy: Float64) -> str:
    """Return a point (2,) as text: ``(1.2, 3.4)``."""
    x, y = np.round(np.asarray(xy, np.float64), 1) + 0.0  # no -0.0
    return f"({x:.1f}, {y:.1f})"


def _depth(reference_map: ReferenceMap, index: int) -> float:
    """Return the median distance of a reference's landmarks in front of it."""
    if not reference_map.has_landmarks:
        return _BLIND_M
    ids = reference_map.landmark_ids(index)
    pose = reference_map.world_from_cam[index]
    depth = (reference_map.landmarks[ids[ids >= 0]] - pose[:3, 3]) @ pose[:3, 2]
    depth = depth[depth > 0]
    return float(np.clip(np.median(depth), _NEAREST_M, _FARTHEST_M)) if len(depth) else _BLIND_M
