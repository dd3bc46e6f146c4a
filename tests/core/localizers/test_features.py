from dataclasses import replace

import cv2
import numpy as np
import pytest
from support.tiny_world import CAMERA, TinySource, query_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Query
from reloc.engine import open_localizer
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.covariance import is_usable
from reloc.geometry.transforms import distance_between, make, rotation_angle_between, so3_exp
from reloc.maps.reference_map import ReferenceMap


def errors(answer: Localized, truth: np.ndarray) -> tuple[float, float]:
    degrees = np.degrees(rotation_angle_between(answer.world_from_cam, truth))
    return distance_between(answer.world_from_cam, truth), float(degrees)


@pytest.mark.parametrize(("landmarks", "metres", "degrees"), [(True, 0.01, 0.2), (False, 0.03, 0.5)])
def test_pose(
    with_landmarks: ReferenceMap, without_landmarks: ReferenceMap, landmarks: bool, metres: float, degrees: float
) -> None:
    localizer = open_localizer(with_landmarks if landmarks else without_landmarks)
    for pose in query_poses():
        answer = localizer.localize(Query(render(pose)[0], CAMERA))
        assert isinstance(answer, Localized)
        off = errors(answer, pose)
        assert off[0] < metres
        assert off[1] < degrees
        assert is_usable(answer.covariance)
        assert answer.support.inliers > 50
        assert answer.support.coverage > 0.3
        assert len(answer.support.uv_inliers) == answer.support.inliers
        assert set(answer.stage_ms) >= {"extract", "retrieve", "solve"}


def test_grey_and_colour_are_one(with_landmarks: ReferenceMap) -> None:
    localizer = open_localizer(with_landmarks)
    image = render(query_poses()[0])[0]
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    colour, grey = (localizer.localize(Query(i, CAMERA)) for i in (image, gray))
    assert isinstance(colour, Localized)
    assert isinstance(grey, Localized)
    np.testing.assert_array_equal(colour.world_from_cam, grey.world_from_cam)


def test_another_camera_than_the_maps_distorted_too(with_landmarks: ReferenceMap) -> None:
    camera = Camera(400, 300, 330.0, 340.0, 205.0, 146.0, DistortionModel.PLUMB_BOB, (-0.2, 0.05, 0.001, -0.002, 0.0))
    pose = query_poses()[1]
    answer = open_localizer(with_landmarks).localize(Query(render(pose, camera)[0], camera))
    assert isinstance(answer, Localized)
    assert errors(answer, pose)[0] < 0.02
    wrong = replace(camera, model=DistortionModel.NONE, distortion=())
    ignored = open_localizer(with_landmarks).localize(Query(render(pose, camera)[0], wrong))
    assert isinstance(ignored, Lost) or errors(ignored, pose)[0] > errors(answer, pose)[0]


def test_upside_down(with_landmarks: ReferenceMap) -> None:
    pose = query_poses()[0] @ make(so3_exp([0, 0, np.pi]), [0, 0, 0])
    answer = open_localizer(with_landmarks).localize(Query(render(pose)[0], CAMERA))
    assert isinstance(answer, Localized)
    assert errors(answer, pose)[0] < 0.02


def test_look_alike_rooms_are_ambiguous(twins: ReferenceMap) -> None:
    answer = open_localizer(twins).localize(Query(render(query_poses()[0])[0], CAMERA))
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.AMBIGUOUS
    assert answer.support is not None
    assert answer.support.runner_up_inliers > 0.7 * answer.support.inliers
    bold = open_localizer(twins, "features", {"max_false_accept_rate": 1.0})  # without checks, one of the two
    assert isinstance(bold.localize(Query(render(query_poses()[0])[0], CAMERA)), Localized)


def test_another_world_is_refused(with_landmarks: ReferenceMap, without_landmarks: ReferenceMap) -> None:
    for reference_map in (with_landmarks, without_landmarks):
        localizer = open_localizer(reference_map)
        for pose in query_poses():
            answer = localizer.localize(Query(render(pose, seed=5)[0], CAMERA))
            assert isinstance(answer, Lost)
            assert answer.reason in (LostReason.TOO_FEW_INLIERS, LostReason.TOO_FEW_MATCHES)
            assert answer.references


def test_covariance_covers_the_error(with_landmarks: ReferenceMap) -> None:
    """Also of noisy images."""
    localizer = open_localizer(with_landmarks)
    rng = np.random.default_rng(0)
    inside = 0
    for i in range(12):
        pose = query_poses(12)[i]
        image = np.clip(render(pose)[0] + rng.normal(0, 8, (240, 320, 3)), 0, 255).astype(np.uint8)
        answer = localizer.localize(Query(image, CAMERA))
        assert isinstance(answer, Localized)
        sigma = np.sqrt(np.linalg.eigvalsh(answer.covariance[:3, :3])[-1])
        assert sigma < 0.08  # before a wall 2 m away: blurred key points leave the focal length open
        inside += distance_between(answer.world_from_cam, pose) < 2.8 * sigma
    assert inside >= 11


def test_sources_queries_are_answered(with_landmarks: ReferenceMap) -> None:
    localizer = open_localizer(with_landmarks)
    frames = TinySource().frames("test")
    answers = [localizer.localize(Query(f.load_image(), CAMERA)) for f in frames]
    assert all(isinstance(a, Localized) for a in answers)
