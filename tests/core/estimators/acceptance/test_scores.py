"""What solving returns is weighed: the same scores whoever asks, and only what a map can say."""

from __future__ import annotations

import numpy as np
import pytest
from support.tiny_world import CAMERA, query_poses, render

from reloc.datatypes import Candidate, Query
from reloc.estimators import generalized_pose, landmark_pose
from reloc.estimators.acceptance.agreement import agreement, contested
from reloc.estimators.acceptance.scores import score
from reloc.estimators.hypothesis import FAR, Hypothesis
from reloc.estimators.observation import Observation, observe
from reloc.features.matcher import ByRatio
from reloc.features.rootsift import RootSift
from reloc.geometry.transforms import inverse, transform
from reloc.maps.reference_map import ReferenceMap
from reloc.timing import StageClock

REFERENCES = tuple(Candidate(i, 1.0) for i in range(4))


@pytest.fixture(scope="module")
def seen() -> Observation:
    observation = observe(Query(render(query_poses()[0])[0], CAMERA), RootSift(), StageClock())
    assert isinstance(observation, Observation)
    return observation


def solved(reference_map: ReferenceMap, seen: Observation) -> Hypothesis:
    matches = landmark_pose.match(seen, reference_map, REFERENCES, ByRatio(0.9))
    return landmark_pose.solve(seen, CAMERA, reference_map, matches, REFERENCES, 4.0)[0]


def test_residuals_are_those_of_the_pose(with_landmarks: ReferenceMap, seen: Observation) -> None:
    found = solved(with_landmarks, seen)
    residuals = found.residuals
    xyz = with_landmarks.landmarks[residuals.landmark].astype(np.float64)
    pixels = CAMERA.pinhole.project(transform(inverse(found.world_from_cam), xyz))
    off = np.nan_to_num(np.linalg.norm(pixels - seen.uv[residuals.keypoint], axis=1), nan=np.inf)
    np.testing.assert_allclose(residuals.off_px, off, rtol=1e-12)
    assert set(residuals.keypoint[residuals.inlier]) == set(found.explained.keypoint)
    assert residuals.key_points == len(set(residuals.keypoint)) >= found.inliers == len(found.explained) > 50


def test_scores_follow_from_what_solving_returned(with_landmarks: ReferenceMap, seen: Observation) -> None:
    found = solved(with_landmarks, seen)
    scored, residuals = score(found, seen, CAMERA, with_landmarks), found.residuals
    assert scored.hypothesis is found
    assert scored.agreement == agreement(
        seen.features.uv, residuals.keypoint, residuals.off_px, residuals.distinct, CAMERA, 4.0
    )
    assert scored.contested == contested(residuals.keypoint, residuals.off_px, 4.0)
    assert 0.3 < scored.presence <= 1.0


def test_one_corner_of_what_the_pose_says_is_less_presence(with_landmarks: ReferenceMap, seen: Observation) -> None:
    """The same pose, were its inliers all in the left half of the image."""
    found = solved(with_landmarks, seen)
    left = found.explained.uv[:, 0] < CAMERA.width / 2
    part = type(found.explained)(
        keypoint=found.explained.keypoint[left],
        uv=found.explained.uv[left],
        landmark=found.explained.landmark[left],
        median_px=found.explained.median_px,
    )
    half = Hypothesis(
        world_from_cam=found.world_from_cam.copy(),
        covariance=found.covariance.copy(),
        sigma_px=found.sigma_px,
        residual_px=found.residual_px,
        references=found.references,
        explained=part,
        residuals=found.residuals,
    )
    whole, less = (score(one, seen, CAMERA, with_landmarks).presence for one in (found, half))
    assert less < 0.8 * whole


def test_a_map_without_landmarks_tells_no_presence(without_landmarks: ReferenceMap, seen: Observation) -> None:
    found = generalized_pose.solve(seen, CAMERA, without_landmarks, REFERENCES, 0.8, 4.0)
    assert found is not None
    scored = score(found, seen, CAMERA, without_landmarks)
    assert (scored.presence, scored.contested) == (1.0, 0.0)
    assert scored.agreement > 0.5
    assert found.residuals.limit_px * FAR == pytest.approx(12.0)  # three times the error of an inlier is elsewhere
    assert len(found.explained.landmark) == len(found.residuals.landmark) == 0
