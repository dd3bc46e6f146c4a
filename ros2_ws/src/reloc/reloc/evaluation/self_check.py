"""Leave-one-out for a map's check: localize each reference against the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import poselib
from numpy.typing import NDArray

from reloc.datatypes import Float32, Float64, Int32, LocalFeatures
from reloc.features.matching import mutual_nearest
from reloc.features.rootsift import as_unit
from reloc.geometry import transforms
from reloc.maps import compact
from reloc.maps.reference_map import ReferenceMap

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
    reference_map: ReferenceMap, on_done: Callable[[int, int], None] = lambda done, total: None
) -> tuple[SelfCheck, ...]:
    """Match every reference with the most similar others and solve its pose.

    Its own key points contributed to the landmarks, so errors are slightly too small. It finds references that the
    others cannot localize at all.

    Raises:
        MapFeatureError: the map has no landmarks.
    """
    count = len(reference_map)
    ids = [reference_map.landmark_ids(i) for i in range(count)]
    features = [reference_map.features(i) for i in range(count)]
    with_landmark = [as_unit(f.descriptors[i >= 0]) for f, i in zip(features, ids, strict=True)]
    similarity = _similarity(reference_map)
    np.fill_diagonal(similarity, -np.inf)
    checks = []
    for index in range(count):
        others = np.argsort(-similarity[index])[: min(_TOP, count - 1)]
        pairs = _correspondences(features[index], others, with_landmark, ids)
        checks.append(_solve(reference_map, index, features[index], pairs))
        on_done(index + 1, count)
    return tuple(checks)


def _similarity(reference_map: ReferenceMap) -> Float64:
    """Return (N, N) similarities: of global descriptors if the map has some, else by the cameras' distances."""
    stored = reference_map.arrays("retrieval/vlad")
    if "descriptors" in stored:
        descriptors = compact.rows_of(stored["descriptors"]).astype(np.float64)
        return descriptors @ descriptors.T
    poses = reference_map.world_from_cam
    far = np.linalg.norm(poses[:, None, :3, 3] - poses[None, :, :3, 3], axis=2)
    return np.asarray(poses[:, :3, 2] @ poses[:, :3, 2].T - far)


def _correspondences(
    features: LocalFeatures, others: NDArray[np.intp], with_landmark: list[Float32], ids: list[Int32]
) -> list[tuple[int, int]]:
    """Return (key point, landmark) pairs, each once, sorted."""
    own = as_unit(features.descriptors)
    pairs = set[tuple[int, int]]()
    for other in others:
        matches = mutual_nearest(own, with_landmark[other])
        landmarks = ids[other][ids[other] >= 0][matches[:, 1]]
        pairs |= set(zip(matches[:, 0].tolist(), landmarks.tolist(), strict=True))
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
