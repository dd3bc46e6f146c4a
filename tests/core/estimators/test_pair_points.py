"""Points on the spot, in a map without landmarks: they tell a wrong lens and a picture of pieces as landmarks do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.tiny_world import CAMERA, query_poses, reference_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Query
from reloc.estimators.local_features import FeaturesConfig
from reloc.estimators.observation import extractor_of, observe
from reloc.estimators.pair_points import pair_points
from reloc.evaluation.made_pictures import shuffled
from reloc.features.matching import mutual_nearest
from reloc.features.rootsift import as_unit
from reloc.geometry.transforms import distance_between
from reloc.localizers.features import Features
from reloc.maps.reference_map import ReferenceMap
from reloc.timing import StageClock

LARGE = replace(CAMERA, width=640, height=480, fx=560.0, fy=560.0, cx=319.5, cy=239.5)
HUGE = replace(CAMERA, width=960, height=720, fx=840.0, fy=840.0, cx=479.5, cy=359.5)
UNAWARE = FeaturesConfig(max_false_accept_rate=1.0, max_focal_off=1.0, focal_sigma=0.0, map_focal_sigma=0.2)


def test_points_lie_where_the_query_sees_them(without_landmarks: ReferenceMap) -> None:
    pose = query_poses(4)[1]
    observation = observe(Query(render(pose)[0], CAMERA), extractor_of(without_landmarks), StageClock())
    assert not isinstance(observation, Lost)
    near = np.argsort(np.linalg.norm(without_landmarks.world_from_cam[:, :3, 3] - pose[:3, 3], axis=1))[:8].tolist()
    matches = [
        mutual_nearest(observation.unit, as_unit(without_landmarks.features(index).descriptors), 0.8) for index in near
    ]
    keypoint, xyz = pair_points(without_landmarks, near, matches, 4.0)
    assert len(keypoint) > 50
    assert len(np.unique(keypoint)) == len(keypoint)
    off = np.linalg.norm(CAMERA.project((xyz - pose[:3, 3]) @ pose[:3, :3]) - observation.uv[keypoint], axis=1)
    assert np.median(off) < 2.0


def test_one_reference_makes_no_points(without_landmarks: ReferenceMap) -> None:
    descriptors = as_unit(without_landmarks.features(0).descriptors)
    keypoint, xyz = pair_points(without_landmarks, [0], [mutual_nearest(descriptors, descriptors, 1.0)], 4.0)
    assert keypoint.shape == (0,)
    assert xyz.shape == (0, 3)


@pytest.mark.parametrize("factor", [0.8, 1.25])
def test_a_wrong_lens_is_told(without_landmarks: ReferenceMap, factor: float) -> None:
    strict = Features.from_map(FeaturesConfig(), without_landmarks)
    unaware = Features.from_map(UNAWARE, without_landmarks)
    wrong = replace(LARGE, fx=LARGE.fx * factor, fy=LARGE.fy * factor)
    reasons, answered, before = list[LostReason](), 0, 0
    for pose in query_poses(8):
        image = render(pose, LARGE)[0]
        answer = strict.localize(Query(image, wrong))
        reasons += [answer.reason] if isinstance(answer, Lost) else []
        before += isinstance(unaware.localize(Query(image, wrong)), Localized)
        right = strict.localize(Query(image, LARGE))
        if isinstance(right, Localized):
            answered += 1
            assert distance_between(right.world_from_cam, pose) < 0.1
    assert answered >= 6
    assert reasons.count(LostReason.CAMERA_MISMATCH) >= 4
    assert len(reasons) > 8 - before


def test_a_picture_of_pieces_is_no_view(without_landmarks: ReferenceMap) -> None:
    strict = Features.from_map(FeaturesConfig(), without_landmarks)
    said = list[str]()
    for i, pose in enumerate(reference_poses(8)):
        answer = strict.localize(Query(shuffled(render(pose, HUGE)[0], np.random.default_rng(i)), HUGE))
        assert isinstance(answer, Lost)
        said.append(answer.detail)
    assert any("of the matching cells agree" in words for words in said)
