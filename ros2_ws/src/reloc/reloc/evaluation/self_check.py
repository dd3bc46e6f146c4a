"""Leave-one-out for a map's check: localize references against the others.

Time and memory are bounded: some references are tried, evenly spread, and each is matched with those that look most
like it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import poselib

from reloc.datatypes import Float32, Int32, LocalFeatures
from reloc.features.matching import mutual_nearest
from reloc.features.rootsift import as_unit
from reloc.geometry import transforms
from reloc.maps import compact, layout
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.stored import DESCRIPTORS, searchable

MOST_TRIED = 500  # references; each takes some tenths of a second
_RETRIEVER = "vlad"
_HELD = 64  # references whose descriptors are held, about 0.5 MB each
_TOP = 10  # references that each one is matched with
_MAX_ERROR_PX = 8.0
_FEW_INLIERS = 20
_FAR_M, _FAR_RAD = 0.25, np.deg2rad(5.0)


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """One reference, localized against the others."""

    name: str
    inliers: int
    translation_m: float  # from its pose in the map; NaN without a pose
    rotation_rad: float
    problem: str  # empty if it was localized correctly


def leave_one_out(
    reference_map: ReferenceMap,
    on_done: Callable[[int, int], None] = lambda done, total: None,
    most: int = MOST_TRIED,
) -> tuple[SelfCheck, ...]:
    """Match references with the most similar others and solve their poses.

    Their own key points contributed to the landmarks, so errors are slightly too small. It finds references that the
    others cannot localize at all.

    Args:
        most: at most this many references are tried, evenly spread; 0 tries all.

    Raises:
        MapFeatureError: the map has no landmarks.
        MapVersionError, MapIncompleteError, MapHashError: the map's index is of another version, or damaged.
    """
    count = len(reference_map)
    tried = np.unique(np.linspace(0, count - 1, min(most or count, count)).astype(int)).tolist()
    similar = _similar(reference_map)

    @lru_cache(_HELD)
    def seen(index: int) -> tuple[Int32, Float32]:
        ids, descriptors = reference_map.seen_landmarks(index)
        return ids, as_unit(descriptors)

    checks = []
    for done, index in enumerate(tried, start=1):
        features = reference_map.features(index)
        pairs = _correspondences(features, [seen(other) for other in similar(index)])
        checks.append(_solve(reference_map, index, features, pairs))
        on_done(done, len(tried))
    return tuple(checks)


def _similar(reference_map: ReferenceMap) -> Callable[[int], list[int]]:
    """Return what finds the others that are most like a reference: by global descriptors if the map has some, else by
    the cameras' distances and directions.
    """
    if _RETRIEVER in reference_map.manifest.build.get("retrievers", {}):
        search, _ = searchable(reference_map, _RETRIEVER)
        stored = reference_map.rows_on_disk(f"{layout.RETRIEVAL}/{_RETRIEVER}", DESCRIPTORS)

        def by_descriptor(index: int) -> list[int]:
            own = compact.rows_of(stored.between(index, index + 1))[0]
            return [found.index for found in search.search(own, _TOP, (index,))]

        return by_descriptor
    poses = reference_map.world_from_cam

    def by_pose(index: int) -> list[int]:
        far = np.linalg.norm(poses[:, :3, 3] - poses[index, :3, 3], axis=1) - poses[:, :3, 2] @ poses[index, :3, 2]
        far[index] = np.inf
        return [int(other) for other in np.argsort(far, kind="stable")[: min(_TOP, len(poses) - 1)]]

    return by_pose


def _correspondences(features: LocalFeatures, others: list[tuple[Int32, Float32]]) -> list[tuple[int, int]]:
    """Return (key point, landmark) pairs, each once, sorted."""
    own = as_unit(features.descriptors)
    pairs = set[tuple[int, int]]()
    for ids, descriptors in others:
        matches = mutual_nearest(own, descriptors)
        pairs |= set(zip(matches[:, 0].tolist(), ids[matches[:, 1]].tolist(), strict=True))
    return sorted(pairs)


def _solve(reference_map: ReferenceMap, index: int, features: LocalFeatures, pairs: list[tuple[int, int]]) -> SelfCheck:
    name, true = reference_map.names[index], reference_map.world_from_cam[index]
    if len(pairs) < _FEW_INLIERS:
        return SelfCheck(name, 0, np.nan, np.nan, f"only {len(pairs)} matches with the others")
    camera = reference_map.camera(index)
    key_points, landmarks = np.array(pairs).T
    pinhole = {
        "model": "PINHOLE",
        "width": camera.width,
        "height": camera.height,
        "params": [camera.fx, camera.fy, camera.cx, camera.cy],
    }
    pose, info = poselib.estimate_absolute_pose(
        camera.undistort(features.uv[key_points]),
        reference_map.landmarks[landmarks].astype(np.float64),
        pinhole,
        {"max_reproj_error": _MAX_ERROR_PX},
        {},
    )
    found = transforms.inverse(transforms.make(pose.R, pose.t))
    inliers = int(info["num_inliers"])
    metres, radians = transforms.distance_between(found, true), transforms.rotation_angle_between(found, true)
    problem = ""
    if inliers < _FEW_INLIERS:
        problem = f"only {inliers} inliers"
    elif metres > _FAR_M or radians > _FAR_RAD:
        problem = f"localized {metres:.2f} m and {np.rad2deg(radians):.1f} deg from its pose"
    return SelfCheck(name, inliers, metres, radians, problem)
