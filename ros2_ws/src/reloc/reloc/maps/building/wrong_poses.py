"""Find references whose pose is wrong: their images fit the landmarks of others, but not where the poses say.

Landmarks of such a reference would lead queries to a wrong place. Only references with far fewer shared landmarks than
usual are examined, so that a good map costs nothing. A blank wall has few landmarks, too. So the image of each is
localized, as a query would be, by the landmarks of one other reference at a time. A pose that fits these landmarks
where the stated one does not contradicts it. Two references must contradict it, and none may confirm it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import poselib
from numpy.typing import NDArray

from reloc.datatypes import LocalFeatures
from reloc.features.matching import mutual_nearest
from reloc.features.rootsift import as_unit
from reloc.geometry.poselib_convention import pinhole_dict
from reloc.geometry.transforms import inverse, transform
from reloc.maps.building.landmarks import Landmarks
from reloc.maps.building.references import IngestedReferences

WRONG_POSES = "wrong_poses"  # their names in the report of a map
_UNUSUAL = 0.25  # a reference with less than this share of the usual landmarks is examined
_SHARED_BY = 3  # a landmark of two references may fit both by chance, because one pose error has one wrong depth
_MOST_EXAMINED = 0.1  # beyond this share of the references, few landmarks are usual in this map
_OTHERS = 60  # each is compared with this many references: half of them its neighbors in order, half evenly spread
_RATIO = 0.8
_LEAST_INLIERS = 20
_SAME_SCENE = 0.4  # least share of the matches that fit one pose
_CONFIRMS, _CONTRADICTS = 0.6, 0.35  # shares of these that also fit the stated pose
_WITNESSES = 2


def wrong_poses(
    references: IngestedReferences, features: Sequence[LocalFeatures], found: Landmarks, limit_px: float
) -> tuple[int, ...]:
    """Return the indices of references whose stated pose disagrees with the landmarks of others.

    Args:
        limit_px: largest error of a key point that fits.
    """
    seen_by = np.append(found.observations, 0)  # the last: of key points without a landmark, -1
    shared = np.array([(seen_by[ids] >= _SHARED_BY).sum() for ids in found.ids])
    doubtful = np.flatnonzero(shared < _UNUSUAL * np.median(shared)) if len(shared) else np.zeros(0, int)
    if len(doubtful) > max(1, _MOST_EXAMINED * len(references)):
        return ()
    trusted = np.setdiff1d(np.arange(len(references)), doubtful)
    return tuple(int(i) for i in doubtful if _is_wrong(references, features, found, int(i), trusted, limit_px))


def _is_wrong(
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    found: Landmarks,
    index: int,
    trusted: NDArray[np.intp],
    limit_px: float,
) -> bool:
    near = trusted[np.argsort(np.abs(trusted - index), kind="stable")[: _OTHERS // 2]]
    spread = trusted[np.unique(np.linspace(0, len(trusted) - 1, _OTHERS // 2).astype(int))]
    shares = [_agreement(references, features, found, index, int(j), limit_px) for j in np.union1d(near, spread)]
    known = np.array([share for share in shares if share is not None])
    return bool((known < _CONTRADICTS).sum() >= _WITNESSES and not (known > _CONFIRMS).any())


def _agreement(
    references: IngestedReferences,
    features: Sequence[LocalFeatures],
    found: Landmarks,
    index: int,
    other: int,
    limit_px: float,
) -> float | None:
    """Return which share of the key points that fit a pose by the other's landmarks also fits the stated pose.

    None if the two show no common scene.
    """
    seen = np.flatnonzero(found.ids[other] >= 0)
    pairs = mutual_nearest(as_unit(features[index].descriptors), as_unit(features[other].descriptors[seen]), _RATIO)
    camera = references.camera(index)
    uv = camera.undistort(features[index].uv[pairs[:, 0]])
    known = np.isfinite(uv).all(axis=1)
    uv, xyz = uv[known], found.xyz[found.ids[other][seen[pairs[known, 1]]]]
    if len(uv) < _LEAST_INLIERS:
        return None
    _, info = poselib.estimate_absolute_pose(
        uv, xyz, pinhole_dict(camera), {"max_reproj_error": limit_px, "max_iterations": 1000}, {}
    )
    fits = np.asarray(info["inliers"], dtype=bool)
    if fits.sum() < max(_LEAST_INLIERS, _SAME_SCENE * len(fits)):
        return None
    predicted = camera.pinhole.project(transform(inverse(references.world_from_cam[index]), xyz[fits]))
    off = np.nan_to_num(np.linalg.norm(predicted - uv[fits], axis=1), nan=np.inf)
    return float((off < limit_px).mean())
