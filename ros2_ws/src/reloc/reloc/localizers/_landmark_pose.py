"""A query's pose from matches to landmarks: perspective-n-point in LO-RANSAC (PoseLib)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import poselib
from numpy.typing import NDArray

from reloc.datatypes import Candidate, Float64, Int32
from reloc.features.matching import mutual_nearest
from reloc.features.rootsift import as_unit
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import pnp_jacobian, pose_covariance, residual_sigma
from reloc.geometry.poselib_convention import pinhole_dict
from reloc.geometry.transforms import inverse, make, transform
from reloc.localizers._hypothesis import Hypothesis
from reloc.localizers._observation import Observation
from reloc.maps.reference_map import ReferenceMap

# A key point is not located better than this; residuals of few inliers may pretend so.
SIGMA_FLOOR_PX = 0.5
MIN_MATCHES = 6


def match(
    observation: Observation, reference_map: ReferenceMap, candidates: Sequence[Candidate], max_ratio: float
) -> Int32:
    """Pairs (M, 2) of a key point of the query and a landmark, each pair once."""
    pairs = [np.zeros((0, 2), np.int32)]
    for candidate in candidates:
        ids = reference_map.landmark_ids(candidate.index)
        with_landmark = np.flatnonzero(ids >= 0)
        if len(with_landmark) == 0:
            continue
        descriptors = as_unit(reference_map.features(candidate.index).descriptors[with_landmark])
        found = mutual_nearest(observation.unit, descriptors, max_ratio)
        pairs.append(np.column_stack([found[:, 0], ids[with_landmark[found[:, 1]]]]).astype(np.int32))
    return np.unique(np.concatenate(pairs), axis=0)


def solve(
    observation: Observation,
    camera: Camera,
    reference_map: ReferenceMap,
    pairs: Int32,
    references: tuple[Candidate, ...],
    max_error_px: float,
) -> Hypothesis | None:
    """The pose that most pairs agree on, refined on them; None where there is none."""
    if len(pairs) < MIN_MATCHES:
        return None
    uv = observation.uv[pairs[:, 0]]
    xyz = reference_map.landmarks[pairs[:, 1]].astype(np.float64)
    pose, info = poselib.estimate_absolute_pose(
        uv,
        xyz,
        pinhole_dict(camera),
        {"max_reproj_error": max_error_px, "max_iterations": 5000, "min_iterations": 100},
        {"loss_type": "CAUCHY", "loss_scale": 1.0},
    )
    inliers: NDArray[np.bool_] = np.asarray(info["inliers"], dtype=bool)
    if inliers.sum() < MIN_MATCHES:
        return None
    world_from_cam = inverse(make(pose.R, pose.t))
    residuals, covariance = _uncertainty(world_from_cam, xyz[inliers], uv[inliers], camera)
    explained = np.unique(pairs[inliers, 0])
    return Hypothesis(
        world_from_cam,
        covariance,
        len(np.unique(pairs[:, 0])),
        observation.features.uv[explained],
        float(np.median(np.linalg.norm(residuals, axis=1))),
        references,
    )


def _uncertainty(
    world_from_cam: Float64, xyz_in_world: Float64, uv: Float64, camera: Camera
) -> tuple[Float64, Float64]:
    """Residuals (K, 2) in pixels of the inliers, and the pose's covariance (6, 6)."""
    pinhole = camera.pinhole
    residuals = pinhole.project(transform(inverse(world_from_cam), xyz_in_world)) - uv
    sigma = residual_sigma(residuals, floor=SIGMA_FLOOR_PX)
    return residuals, pose_covariance(pnp_jacobian(world_from_cam, xyz_in_world, pinhole), sigma)
