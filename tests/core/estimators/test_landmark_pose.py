import numpy as np
from support.tiny_world import CAMERA, query_poses, render
from support.twin_rooms import SHIFT

from reloc.datatypes import Candidate, Query
from reloc.estimators import landmark_pose
from reloc.estimators.observation import Observation, observe
from reloc.features.matcher import ByRatio
from reloc.features.rootsift import RootSift
from reloc.geometry.transforms import distance_between
from reloc.maps.reference_map import ReferenceMap
from reloc.timing import StageClock


def look(pose: np.ndarray, mirrored: bool = False) -> Observation:
    image = render(pose)[0]
    seen = observe(Query(np.ascontiguousarray(image[:, ::-1]) if mirrored else image, CAMERA), RootSift(), StageClock())
    assert isinstance(seen, Observation)
    return seen


def solve(reference_map: ReferenceMap, observation: Observation, indices: list[int]):
    candidates = tuple(Candidate(i, 1.0) for i in indices)
    matches = landmark_pose.match(observation, reference_map, candidates, ByRatio(0.9))
    return landmark_pose.solve(observation, CAMERA, reference_map, matches, candidates, 4.0)


def test_a_twin_room_is_found_even_among_the_references_of_one_place(twins: ReferenceMap) -> None:
    half = len(twins) // 2
    pose = query_poses()[0]
    found = solve(twins, look(pose), [0, half, 1, half + 1])
    assert len(found) == 2
    at = [h.world_from_cam[:3, 3] for h in found]
    np.testing.assert_allclose(np.abs(at[0] - at[1]), SHIFT, atol=0.05)
    assert min(h.inliers for h in found) > 0.7 * max(h.inliers for h in found)


def test_one_room_has_no_rival(with_landmarks: ReferenceMap) -> None:
    pose = query_poses()[0]
    found = solve(with_landmarks, look(pose), [0, 1, 2, 3])
    assert distance_between(found[0].world_from_cam, pose) < 0.02
    assert all(h.inliers < 0.3 * found[0].inliers for h in found[1:])


def test_a_mirror_image_is_not_a_camera_behind_the_wall(with_landmarks: ReferenceMap) -> None:
    for hypothesis in solve(with_landmarks, look(query_poses()[0], mirrored=True), [0, 1, 2, 3]):
        assert hypothesis.inliers < 20


def test_a_pair_is_matched_once(with_landmarks: ReferenceMap) -> None:
    observation = look(query_poses()[0])
    matches = landmark_pose.match(observation, with_landmarks, [Candidate(0, 1.0), Candidate(0, 1.0)], ByRatio(0.9))
    pairs = np.column_stack([matches.keypoint, matches.landmark])
    assert len(np.unique(pairs, axis=0)) == len(matches) > 50


def test_too_few_matches(with_landmarks: ReferenceMap) -> None:
    observation = look(query_poses()[0])
    matches = landmark_pose.match(observation, with_landmarks, [], ByRatio(0.9))
    assert len(matches) == 0
    assert landmark_pose.solve(observation, CAMERA, with_landmarks, matches, (), 4.0) == []
