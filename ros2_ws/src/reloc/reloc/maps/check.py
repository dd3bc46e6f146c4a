"""Check a map: what it contains, and which references are hard to localize against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.geometry import transforms
from reloc.geometry.image_grid import coverage
from reloc.maps.building.wrong_poses import WRONG_POSES
from reloc.maps.reference_map import ReferenceMap

_FEW_LANDMARKS = 30
_LITTLE_COVERAGE = 0.1
_SHARED = 15  # common landmarks that make two references neighbors


@dataclass(frozen=True, slots=True)
class ReferenceCheck:
    """The quality of one reference."""

    name: str
    key_points: int
    landmarks: int  # its key points with a landmark
    coverage: float  # 0 to 1: share of an 8 x 8 grid over the image that holds a landmark
    neighbours: int  # references that see at least 15 of the same landmarks
    problems: tuple[str, ...]


def check(reference_map: ReferenceMap) -> tuple[ReferenceCheck, ...]:
    """Check every reference; files and hashes were checked when the map was opened.

    Raises:
        PoseError, CameraError: a pose is not rigid, or a camera is invalid.
    """
    for name, pose in zip(reference_map.names, reference_map.world_from_cam, strict=True):
        transforms.check_rigid(pose, f"The pose of {name}")
    neighbors = _neighbors(reference_map)
    twins = _same_pose(reference_map.world_from_cam)
    return tuple(_check_one(reference_map, i, int(neighbors[i]), twins.get(i)) for i in range(len(reference_map)))


def _check_one(reference_map: ReferenceMap, index: int, neighbors: int, twin: int | None) -> ReferenceCheck:
    camera, features = reference_map.camera(index), reference_map.features(index)
    problems = []
    if twin is not None:
        problems.append(f"has the same pose as {reference_map.names[twin]}")
    if reference_map.names[index] in reference_map.manifest.report.get(WRONG_POSES, ()):
        problems.append("its pose is wrong: its image fits others only with another pose")
    if not reference_map.has_landmarks:
        if len(features) < _FEW_LANDMARKS:
            problems.append(f"only {len(features)} key points")
        return ReferenceCheck(reference_map.names[index], len(features), 0, 0.0, 0, tuple(problems))
    seen = reference_map.landmark_ids(index) >= 0
    covered = coverage(features.uv[seen], camera)
    count = int(seen.sum())
    if count < _FEW_LANDMARKS:
        problems.append(f"only {count} landmarks")
    elif covered < _LITTLE_COVERAGE:
        problems.append(f"landmarks in only {covered:.0%} of the image")
    if neighbors == 0:
        problems.append("shares landmarks with no other reference")
    return ReferenceCheck(reference_map.names[index], len(features), count, covered, neighbors, tuple(problems))


def _neighbors(reference_map: ReferenceMap) -> NDArray[np.int64]:
    """Return (N,) the number of other references that share enough landmarks with each."""
    count = len(reference_map)
    if not reference_map.has_landmarks:
        return np.zeros(count, np.int64)
    from reloc.maps.sightings import sees  # SciPy takes a while to import

    seen = sees(reference_map, np.uint16)
    shared = (seen @ seen.T).tocoo()
    near = (shared.data >= _SHARED) & (shared.row != shared.col)
    return np.bincount(shared.row[near], minlength=count).astype(np.int64)


def _same_pose(world_from_cam: Float64) -> dict[int, int]:
    """Return the first reference with exactly the same pose, by reference."""
    first: dict[bytes, int] = {}
    twins = {}
    for index, pose in enumerate(np.round(world_from_cam, 9)):
        earlier = first.setdefault(pose.tobytes(), index)
        if earlier != index:
            twins[index] = earlier
    return twins
