"""Match a query with landmarks where a trusted prior pose predicts them.

In the whole image, a landmark's key point must be nearer than any other by a ratio. Repeated structure and weak texture
never are. With a prior, only key points in a window compete, and the prior's covariance gives the window.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Candidate, Float32, Float64, Int32, Prior
from reloc.distributions import CHI2_99_2DOF
from reloc.estimators.landmark_pose import LandmarkMatches
from reloc.estimators.observation import Observation
from reloc.features.rootsift import as_unit
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import pnp_jacobian
from reloc.geometry.transforms import inverse, transform
from reloc.maps.reference_map import ReferenceMap
from reloc.threads import parallel

Ints = NDArray[np.intp]

# In a small window the ratio says little, because few others compete. So descriptors must be alike in themselves. At
# 0.8, images of other worlds explained up to 17 key points of a trusted pose; at 0.88 fewer than 14.
MIN_COSINE = 0.88


def match_near(
    prior: Prior,
    observation: Observation,
    camera: Camera,
    reference_map: ReferenceMap,
    candidates: Sequence[Candidate],
    max_ratio: float,
    max_error_px: float,
) -> LandmarkMatches:
    """Match a query with the landmarks of the candidates, near where ``prior`` predicts them.

    Args:
        max_ratio: Lowe's ratio among the key points of the window.
        max_error_px: reprojection error of an inlier; added to the uncertainty that the prior's covariance gives a
            landmark.
    """

    def one(candidate: Candidate) -> tuple[Ints, Int32]:
        ids, descriptors = reference_map.seen_landmarks(candidate.index)
        cosine = observation.unit @ as_unit(descriptors).T
        # Pairs less alike than this are ignored: they neither match nor fail another pair by the ratio.
        keypoint, landmark = np.nonzero(cosine > 1.0 - (1.0 - MIN_COSINE) / max_ratio**2)
        xyz = reference_map.landmarks[ids].astype(np.float64)
        distance2 = _distance2(prior, xyz, camera, observation.uv[keypoint], landmark, max_error_px)
        inside = distance2 < CHI2_99_2DOF
        keypoint, landmark = keypoint[inside], landmark[inside]
        chosen = _mutual_best(keypoint, landmark, cosine[keypoint, landmark], max_ratio)
        return keypoint[chosen], ids[landmark[chosen]]

    pairs, centres = [np.zeros((0, 2), np.int32)], [np.zeros((0, 3))]
    for candidate, (keypoint, landmark) in zip(candidates, parallel(one, candidates), strict=True):
        pairs.append(np.column_stack([keypoint, landmark]).astype(np.int32))
        centre = reference_map.world_from_cam[candidate.index, :3, 3]
        centres.append(np.broadcast_to(centre, (len(keypoint), 3)))
    unique, first = np.unique(np.concatenate(pairs), axis=0, return_index=True)
    # These landmarks are searched only where the pose predicts them, so none can contradict the pose.
    nowhere_else = np.zeros(len(unique), bool)
    return LandmarkMatches(unique[:, 0], unique[:, 1], np.concatenate(centres)[first], nowhere_else)


def _distance2(prior: Prior, xyz: Float64, camera: Camera, uv: Float64, landmark: Ints, max_error_px: float) -> Float64:
    """Return squared Mahalanobis distances (K,) of key points (K, 2) to the predicted ``landmark`` of (M, 3).

    Landmarks behind the camera give NaN, which is below no limit.
    """
    pinhole = camera.pinhole
    centre = pinhole.project(transform(inverse(prior.world_from_cam), xyz))
    jacobian = pnp_jacobian(prior.world_from_cam, xyz, pinhole).reshape(-1, 2, 6)
    spread = jacobian @ prior.covariance @ np.swapaxes(jacobian, 1, 2) + np.eye(2) * (max_error_px**2 / CHI2_99_2DOF)
    weight = np.full_like(spread, np.nan)
    seen = np.isfinite(centre).all(axis=1) & np.isfinite(spread).all(axis=(1, 2))
    weight[seen] = np.linalg.inv(spread[seen])
    off = uv - centre[landmark]
    return np.asarray(np.einsum("ki,kij,kj->k", off, weight[landmark], off))


def _mutual_best(keypoint: Ints, landmark: Ints, cosine: Float32, max_ratio: float) -> Ints:
    """Return which of the pairs (K,) are matches: mutually nearest, similar, and nearer than the next by the ratio."""
    order = np.argsort(-cosine, kind="stable")
    of_landmark, of_keypoint = (order[np.unique(side[order], return_index=True)[1]] for side in (landmark, keypoint))
    best = np.intersect1d(of_landmark, of_keypoint)
    best = best[cosine[best] > MIN_COSINE]
    rest = np.setdiff1d(order, of_landmark)  # all but the nearest of each landmark
    second = np.full(int(landmark.max(initial=-1)) + 1, -1.0)
    np.maximum.at(second, landmark[rest], cosine[rest])
    distance, next_best = (np.sqrt(np.maximum(2.0 - 2.0 * c, 0.0)) for c in (cosine[best], second[landmark[best]]))
    return np.asarray(best[distance < max_ratio * next_best])
