import numpy as np
from support.tiny_world import CAMERA, query_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Query
from reloc.engine import open_localizer
from reloc.geometry.transforms import distance_between, rotation_angle_between
from reloc.maps.reference_map import ReferenceMap


def test_pose_without_landmarks(without_landmarks: ReferenceMap) -> None:
    localizer = open_localizer(without_landmarks, "sift_5pt")
    answered = []
    for pose in query_poses(6):
        answer = localizer.localize(Query(render(pose)[0], CAMERA))
        if isinstance(answer, Localized):
            answered.append(distance_between(answer.world_from_cam, pose))
            assert np.degrees(rotation_angle_between(answer.world_from_cam, pose)) < 2.0
            assert len(answer.references) >= 3
    assert len(answered) >= 5
    assert np.median(answered) < 0.05


def test_another_world_is_refused(without_landmarks: ReferenceMap) -> None:
    localizer = open_localizer(without_landmarks, "sift_5pt")
    answer = localizer.localize(Query(render(query_poses()[0], seed=5)[0], CAMERA))
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.TOO_FEW_MATCHES


def test_more_references_than_can_agree(without_landmarks: ReferenceMap) -> None:
    localizer = open_localizer(without_landmarks, "sift_5pt", {"min_references": 6})
    answer = localizer.localize(Query(render(query_poses()[0])[0], CAMERA))
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.TOO_FEW_INLIERS
    assert answer.support is not None
