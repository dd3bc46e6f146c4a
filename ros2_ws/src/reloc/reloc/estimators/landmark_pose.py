"""Compute a query's pose from matches to landmarks: perspective-n-point in LO-RANSAC (PoseLib)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import poselib
from numpy.typing import NDArray

from reloc.datatypes import Candidate, Float64, Int32
from reloc.estimators.focal_length import fit_focal
from reloc.estimators.hypothesis import ExplainedKeyPoints, Hypothesis, MatchResiduals
from reloc.estimators.observation import Observation
from reloc.features.matcher import Matcher
from reloc.features.rootsift import as_unit
from reloc.geometry.cameras import Camera
from reloc.geometry.covariance import pnp_jacobian, pose_covariance, residual_sigma
from reloc.geometry.poselib_convention import pinhole_dict
from reloc.geometry.transforms import inverse, make, transform
from reloc.maps.reference_map import ReferenceMap
from reloc.threads import in_groups, parallel

# No key point is located better than this. Residuals of few inliers may seem better.
SIGMA_FLOOR_PX = 0.5
MEDIAN_DISTANCE = 1.1774  # median length of two normal coordinates with a standard deviation of 1
MIN_MATCHES = 6
MIN_ITERATIONS, MAX_ITERATIONS = 100, 5000
_LEAST_RIVAL = 0.35


@dataclass(frozen=True, slots=True, eq=False)
class LandmarkMatches:
    """Key points of a query matched to landmarks; each such pair once."""

    keypoint: Int32  # (M,) in the query
    landmark: Int32  # (M,) in the map
    seen_from: Float64  # (M, 3) center of the reference that gave the match, in the world
    distinct: NDArray[np.bool_]  # (M,) whether the match is unlikely by chance, by the ratio to the next best match

    def __len__(self) -> int:
        return len(self.keypoint)

    def only(self, chosen: NDArray[np.bool_]) -> LandmarkMatches:
        """Return the matches that a mask (M,) selects."""
        return LandmarkMatches(
            self.keypoint[chosen], self.landmark[chosen], self.seen_from[chosen], self.distinct[chosen]
        )


def match(
    observation: Observation, reference_map: ReferenceMap, candidates: Sequence[Candidate], matcher: Matcher
) -> LandmarkMatches:
    """Match a query with the landmarks of each candidate."""

    def some(candidates: Sequence[Candidate]) -> list[tuple[Int32, Int32, NDArray[np.bool_]]]:
        seen = [reference_map.seen_landmarks(candidate.index) for candidate in candidates]
        descriptors = [as_unit(stored) for _, stored in seen]
        matched = matcher.in_each(observation.unit, descriptors)
        return [(found[:, 0], ids[found[:, 1]], rare) for (found, rare), (ids, _) in zip(matched, seen, strict=True)]

    keypoints, landmarks, centres = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)], [np.zeros((0, 3))]
    distinct = [np.zeros(0, bool)]
    each = [one for group in parallel(some, in_groups(candidates)) for one in group]
    for candidate, (keypoint, landmark, rare) in zip(candidates, each, strict=True):
        keypoints.append(keypoint)
        landmarks.append(landmark)
        centre = reference_map.world_from_cam[candidate.index, :3, 3]
        centres.append(np.broadcast_to(centre, (len(keypoint), 3)))
        distinct.append(rare)
    pairs = np.column_stack([np.concatenate(keypoints), np.concatenate(landmarks)])
    unique, first, which = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
    any_distinct = np.bincount(which.reshape(-1), np.concatenate(distinct), len(unique)) > 0
    return LandmarkMatches(unique[:, 0], unique[:, 1], np.concatenate(centres)[first], any_distinct)


def solve(
    observation: Observation,
    camera: Camera,
    reference_map: ReferenceMap,
    matches: LandmarkMatches,
    references: tuple[Candidate, ...],
    max_error_px: float,
) -> list[Hypothesis]:
    """Return the pose that most matches agree on, refined on them, and its rival; none if there is none.

    A rival is a second pose, found among the matches that the first leaves. One that explains less than the share
    ``_LEAST_RIVAL`` of the first pose's inliers is chance.
    Look-alike places have rivals even if references of both were grouped as one place.
    """
    first = _solve(observation, camera, reference_map, matches, references, max_error_px, MAX_ITERATIONS)
    if first is None:
        return []
    hypothesis, inliers = first
    rest = matches.only(~inliers)
    share = _LEAST_RIVAL * hypothesis.inliers / max(1, len(rest))
    if share > 1.0 or len(rest) < MIN_MATCHES:
        return [hypothesis]
    # A sample of three is free of outliers with probability share**3. Only a strong rival matters, and it is found
    # soon: after this many samples it is missed once in a million.
    enough = int(np.ceil(np.log(1e-6) / np.log1p(-min(0.999, max(share, 0.05) ** 3))))
    second = _solve(observation, camera, reference_map, rest, references, max_error_px, min(enough, MAX_ITERATIONS))
    return [hypothesis] if second is None else [hypothesis, second[0]]


def _solve(
    observation: Observation,
    camera: Camera,
    reference_map: ReferenceMap,
    matches: LandmarkMatches,
    references: tuple[Candidate, ...],
    max_error_px: float,
    max_iterations: int,
) -> tuple[Hypothesis, NDArray[np.bool_]] | None:
    """Return the best pose and which matches (M,) it explains."""
    if len(matches) < MIN_MATCHES:
        return None
    uv = observation.uv[matches.keypoint]
    xyz = reference_map.landmarks[matches.landmark].astype(np.float64)
    pose, info = poselib.estimate_absolute_pose(
        uv,
        xyz,
        pinhole_dict(camera),
        {
            "max_reproj_error": max_error_px,
            "max_iterations": max_iterations,
            "min_iterations": min(MIN_ITERATIONS, max_iterations),
        },
        {"loss_type": "CAUCHY", "loss_scale": 1.0},
    )
    world_from_cam = inverse(make(pose.R, pose.t))
    fits = np.asarray(info["inliers"], dtype=bool)
    same_side = _seen_from_the_same_side(world_from_cam, xyz, matches.seen_from)
    inliers = fits & same_side
    if inliers.sum() < MIN_MATCHES:
        return None
    residuals, covariance, sigma = _uncertainty(world_from_cam, xyz[inliers], uv[inliers], camera)
    median_px = float(np.median(np.linalg.norm(residuals, axis=1)))
    explained, first = np.unique(matches.keypoint[inliers], return_index=True)
    seen = camera.pinhole.project(transform(inverse(world_from_cam), xyz))
    off_px = np.nan_to_num(np.linalg.norm(seen - uv, axis=1), nan=np.inf)
    hypothesis = Hypothesis(
        world_from_cam=world_from_cam,
        covariance=covariance,
        sigma_px=sigma,
        residual_px=median_px / MEDIAN_DISTANCE,
        references=references,
        explained=ExplainedKeyPoints(
            keypoint=explained,
            uv=observation.features.uv[explained],
            landmark=matches.landmark[inliers][first],
            median_px=median_px,
        ),
        residuals=MatchResiduals(
            keypoint=matches.keypoint,
            landmark=matches.landmark,
            distinct=matches.distinct,
            off_px=off_px,
            inlier=inliers,
            limit_px=max_error_px,
        ),
        fit_focal=partial(
            fit_focal, world_from_cam, xyz[same_side], uv[same_side], camera, max_error_px, SIGMA_FLOOR_PX
        ),
    )
    return hypothesis, fits


def _seen_from_the_same_side(world_from_cam: Float64, xyz_in_world: Float64, seen_from: Float64) -> NDArray[np.bool_]:
    """Return whether each landmark (M, 3) is seen from within 90 degrees of its reference's direction.

    A mirror image of a wall fits a camera behind the wall exactly.
    """
    now, then = xyz_in_world - world_from_cam[:3, 3], xyz_in_world - seen_from
    return np.asarray(np.einsum("ni,ni->n", now, then) > 0)


def _uncertainty(
    world_from_cam: Float64, xyz_in_world: Float64, uv: Float64, camera: Camera
) -> tuple[Float64, Float64, float]:
    """Return residuals (K, 2) in pixels of the inliers, the pose's covariance (6, 6), and the sigma of a residual."""
    pinhole = camera.pinhole
    residuals = pinhole.project(transform(inverse(world_from_cam), xyz_in_world)) - uv
    sigma = residual_sigma(residuals, floor=SIGMA_FLOOR_PX)
    return residuals, pose_covariance(pnp_jacobian(world_from_cam, xyz_in_world, pinhole), sigma), sigma
