"""Compute a query's pose from matches to posed images alone: one generalized relative pose (PoseLib).

In a map without landmarks, all references of a place form one camera with many centers. Its pose relative to the query
has a true scale, which no single pair of images gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import poselib
from numpy.typing import NDArray

from reloc.datatypes import Candidate, Float64, Int32
from reloc.estimators.epipolar_rays import EpipolarRays
from reloc.estimators.focal_length import FocalFit, fit_focal
from reloc.estimators.hypothesis import FAR, ExplainedKeyPoints, Hypothesis, MatchResiduals
from reloc.estimators.landmark_pose import MIN_MATCHES, SIGMA_FLOOR_PX
from reloc.estimators.observation import Observation
from reloc.estimators.pair_points import pair_points
from reloc.features.matching import DISTINCT_RATIO, mutual_nearest_by_ratio
from reloc.features.rootsift import as_unit
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import pose_covariance, residual_sigma
from reloc.geometry.poselib_convention import pinhole_dict, pose_of
from reloc.geometry.transforms import inverse, make
from reloc.maps.reference_map import ReferenceMap

# Fewer matches with one reference are likely chance, and cost the solver time.
MIN_PAIR_MATCHES = 8
_MEDIAN_DISTANCE = 0.6745  # median of the absolute value of a normal variable with a standard deviation of 1
_LINE = 3.0  # a match farther from its epipolar line than this many times an inlier's error lies elsewhere


def solve(
    observation: Observation,
    camera: Camera,
    reference_map: ReferenceMap,
    candidates: Sequence[Candidate],
    max_ratio: float,
    max_error_px: float,
) -> Hypothesis | None:
    """Return the pose that most matches with all candidates agree on; None if there is none, or no baseline."""
    used: list[Candidate] = []
    pairwise, kept, distinct = [], [], []
    for candidate in candidates:
        features = reference_map.features(candidate.index)
        found, ratio = mutual_nearest_by_ratio(observation.unit, as_unit(features.descriptors), max_ratio)
        if len(found) < MIN_PAIR_MATCHES:
            continue
        matches = poselib.PairwiseMatches()
        matches.cam_id1, matches.cam_id2 = len(used), 0
        matches.x1 = reference_map.camera(candidate.index).undistort(features.uv[found[:, 1]])
        matches.x2 = observation.uv[found[:, 0]]
        pairwise.append(matches)
        kept.append(found)
        distinct.append((ratio > 0.0) & (ratio < DISTINCT_RATIO))
        used.append(candidate)
    if len(used) < 2 or sum(map(len, kept)) < 2 * MIN_MATCHES:
        return None
    cam_from_world = [inverse(reference_map.world_from_cam[c.index]) for c in used]
    poses = [pose_of(reference_map.world_from_cam[c.index]) for c in used]
    cameras = [pinhole_dict(reference_map.camera(c.index)) for c in used]
    pose, info = poselib.estimate_generalized_relative_pose(
        pairwise,
        poses,
        cameras,
        [poselib.CameraPose()],
        [pinhole_dict(camera)],
        {"max_epipolar_error": max_error_px / 2, "max_iterations": 2000, "min_iterations": 50},
        {"loss_type": "CAUCHY", "loss_scale": 1.0},
    )
    inliers = [np.asarray(i, dtype=bool) for i in info["inliers"]]
    if sum(int(i.sum()) for i in inliers) < MIN_MATCHES:
        return None
    world_from_cam = inverse(make(pose.R, pose.t))
    rays = _rays(pairwise, inliers, cam_from_world, used, reference_map, camera)
    residuals, jacobian = rays.linearized(world_from_cam)
    sigma = residual_sigma(residuals, floor=SIGMA_FLOOR_PX)
    covariance, median_px = pose_covariance(jacobian, sigma), float(np.median(np.abs(residuals)))
    explained = _explained(kept, inliers)
    if len(explained) < MIN_MATCHES:
        return None
    everything = [np.ones(len(found), bool) for found in kept]
    off_px = np.abs(_rays(pairwise, everything, cam_from_world, used, reference_map, camera).residuals(world_from_cam))
    keypoint = np.concatenate([found[:, 0] for found in kept])
    no_landmark = np.zeros(0, np.int32)
    return Hypothesis(
        world_from_cam=world_from_cam,
        covariance=covariance,
        sigma_px=sigma,
        residual_px=median_px / _MEDIAN_DISTANCE,
        references=tuple(used),
        explained=ExplainedKeyPoints(
            keypoint=explained,
            uv=observation.features.uv[explained],
            landmark=no_landmark,
            median_px=median_px,
        ),
        residuals=MatchResiduals(
            keypoint=keypoint,
            landmark=no_landmark,
            distinct=np.concatenate(distinct),
            off_px=off_px,
            inlier=np.concatenate(inliers),
            # No landmark is inaccurate here, and lines are met by chance. So a match that is a few pixels off lies
            # elsewhere.
            limit_px=_LINE * max_error_px / FAR,
        ),
        fit_focal=partial(_fit_focal, world_from_cam, observation, camera, reference_map, used, kept, max_error_px),
    )


def _fit_focal(
    world_from_cam: Float64,
    observation: Observation,
    camera: Camera,
    reference_map: ReferenceMap,
    used: Sequence[Candidate],
    kept: Sequence[Int32],
    max_error_px: float,
) -> FocalFit:
    keypoint, xyz = pair_points(reference_map, [c.index for c in used], kept, max_error_px)
    return fit_focal(world_from_cam, xyz, observation.uv[keypoint], camera, max_error_px, SIGMA_FLOOR_PX)


def _explained(kept: Sequence[Int32], inliers: Sequence[NDArray[np.bool_]]) -> Int32:
    """Return the key points of the query that agree with two references or more.

    An epipolar line is met by chance about once in 30 matches, a landmark once in 1,000. So agreement with a single
    reference means little.
    """
    keypoint, times = np.unique(
        np.concatenate([k[i, 0] for k, i in zip(kept, inliers, strict=True)]), return_counts=True
    )
    return np.asarray(keypoint[times >= 2], dtype=np.int32)


def _rays(
    pairwise: Sequence[poselib.PairwiseMatches],
    inliers: Sequence[Float64],
    cam_from_world: Sequence[Float64],
    used: Sequence[Candidate],
    reference_map: ReferenceMap,
    camera: Camera,
) -> EpipolarRays:
    ref, query, poses = [], [], []
    for matches, good, pose, candidate in zip(pairwise, inliers, cam_from_world, used, strict=True):
        ref.append(reference_map.camera(candidate.index).pinhole.normalize(np.asarray(matches.x1)[good]))
        query.append(camera.pinhole.normalize(np.asarray(matches.x2)[good]))
        poses.append(np.broadcast_to(pose, (int(good.sum()), 4, 4)))
    return EpipolarRays(np.concatenate(ref), np.concatenate(query), np.concatenate(poses), (camera.fx, camera.fy))
