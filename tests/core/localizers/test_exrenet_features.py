"""The network's answer refined by features, and each of the two where the other has none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="the test's networks are made with it")

from support.tiny_models import recalled_pair
from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Prior, Query
from reloc.engine import open_localizer
from reloc.estimators import landmark_pose
from reloc.estimators.acceptance.scores import score
from reloc.estimators.guided_match import match_near
from reloc.estimators.local_features import FeatureLook, FeaturesConfig, LocalFeatureEstimator
from reloc.estimators.observation import Observation, extractor_of, observe
from reloc.geometry.transforms import distance_between
from reloc.localizers.exrenet.models import PairModels
from reloc.localizers.exrenet_features import ExReNetFeatures
from reloc.localizers.networked.encode_map import encode_map
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.by_pose import nearest
from reloc.timing import StageClock

LARGE = replace(CAMERA, width=640, height=480, fx=560.0, fy=560.0, cx=319.5, cy=239.5)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ReferenceMap:
    folder = build_tiny_map(tmp_path_factory.mktemp("maps"), "triangulate", "densevlad,vlad")
    encode_map(folder, PairModels.named(recalled_pair()))
    return ReferenceMap.open(folder, verify=False)


@pytest.fixture(scope="module")
def both(tiny: ReferenceMap) -> ExReNetFeatures:
    return opened(tiny)


def opened(tiny: ReferenceMap, **parameters: Any) -> ExReNetFeatures:
    localizer = open_localizer(tiny, "exrenet+features", parameters)
    assert isinstance(localizer, ExReNetFeatures)
    return localizer


def query(index: int = 1, seed: int = 0) -> Query:
    return Query(render(query_poses()[index], seed=seed)[0], CAMERA)


def seen(tiny: ReferenceMap, image: Query) -> Observation:
    found = observe(image, extractor_of(tiny), StageClock())
    assert isinstance(found, Observation)
    return found


def prior(pose: np.ndarray, sigma_m: float, sigma_deg: float) -> Prior:
    return Prior(pose.copy(), np.diag([sigma_m**2] * 3 + [np.deg2rad(sigma_deg) ** 2] * 3))


@pytest.mark.parametrize("index", range(4))
def test_it_is_no_worse_than_features(both: ExReNetFeatures, tiny: ReferenceMap, index: int) -> None:
    alone = open_localizer(tiny, "features").localize(query(index))
    answer = both.localize(query(index))
    assert isinstance(alone, Localized)
    assert isinstance(answer, Localized), answer
    assert answer.support.inliers >= alone.support.inliers
    assert distance_between(answer.world_from_cam, query_poses()[index]) < 0.005
    assert {"encode", "pairs", "extract", "match", "guide"} <= set(answer.stage_ms)


def test_where_features_cannot_answer_the_network_does_with_its_own_covariance(tiny: ReferenceMap) -> None:
    demanding = opened(tiny, max_false_accept_rate=1e-9)
    answer = demanding.localize(query())
    network = open_localizer(tiny, "exrenet").localize(query())
    assert isinstance(answer, Localized), answer
    assert isinstance(network, Localized)
    np.testing.assert_array_equal(answer.world_from_cam, network.world_from_cam)
    np.testing.assert_array_equal(answer.covariance, network.covariance)
    assert answer.support.matches <= 5


def test_where_the_network_cannot_features_do(both: ExReNetFeatures, monkeypatch: pytest.MonkeyPatch) -> None:
    unsure = Lost(LostReason.UNCERTAIN, "Not sure")
    monkeypatch.setattr(type(both._network), "answer", lambda *_: unsure)
    answer = both.localize(query())
    assert isinstance(answer, Localized)
    assert distance_between(answer.world_from_cam, query_poses()[1]) < 0.005
    assert "guide" not in answer.stage_ms


def test_where_neither_can_both_say_why(both: ExReNetFeatures) -> None:
    answer = both.localize(query(seed=9))
    assert isinstance(answer, Lost)
    assert "Features: " in answer.detail
    assert "Network (" in answer.detail


def test_a_wrong_pose_of_the_network_does_no_harm(both: ExReNetFeatures, monkeypatch: pytest.MonkeyPatch) -> None:
    right = both._network.localize(query())
    assert isinstance(right, Localized)
    wrong = right.world_from_cam.copy()
    wrong[:3, 3] += [0.8, -0.5, 0.3]
    monkeypatch.setattr(type(both._network), "answer", lambda *_: replace(right, world_from_cam=wrong))
    answer = both.localize(query())
    assert isinstance(answer, Localized), answer
    assert distance_between(answer.world_from_cam, query_poses()[1]) < 0.005


def test_a_map_without_landmarks(tmp_path: Path) -> None:
    folder = build_tiny_map(tmp_path, "none", "densevlad,vlad")
    answer = opened(ReferenceMap.open(folder), model=recalled_pair()).localize(query())
    assert isinstance(answer, Localized), answer
    assert distance_between(answer.world_from_cam, query_poses()[1]) < 0.1


@pytest.mark.parametrize("off_m", [0.0, 0.1, 0.4])
def test_matches_lie_where_the_prior_says_within_its_covariance(tiny: ReferenceMap, off_m: float) -> None:
    pose = query_poses()[1]
    believed = pose.copy()
    believed[:3, 3] += [off_m, 0.0, 0.0]
    observation = seen(tiny, query())
    references = nearest(tiny, believed, 6)
    matches = match_near(prior(believed, 0.2, 3.0), observation, CAMERA, tiny, references, 0.9, 4.0)
    (found, *_) = landmark_pose.solve(observation, CAMERA, tiny, matches, references, 4.0)
    assert found.inliers > 1000
    assert distance_between(found.world_from_cam, pose) < 0.005
    certain = match_near(prior(believed, 0.001, 0.01), observation, CAMERA, tiny, references, 0.9, 4.0)
    if off_m:
        assert len(certain) < 0.2 * len(matches)  # far outside of what so sure a prior allows


@pytest.mark.parametrize("seed", [5, 9])
def test_chance_does_not_explain_enough_for_an_answer(tiny: ReferenceMap, seed: int) -> None:
    """Images of other worlds, and a prior that says they are of this one: fewer than the 20 that an answer needs."""
    for index, pose in enumerate(query_poses()):
        observation, references = seen(tiny, query(index, seed)), nearest(tiny, pose, 6)
        for sigma_m, sigma_deg in ((0.02, 1.0), (0.2, 5.0)):
            believed = prior(pose, sigma_m, sigma_deg)
            matches = match_near(believed, observation, CAMERA, tiny, references, 0.9, 4.0)
            found = landmark_pose.solve(observation, CAMERA, tiny, matches, references, 4.0)
            assert max((one.inliers for one in found), default=0) < 14


@pytest.mark.parametrize("index", range(3))
def test_a_fragment_is_no_view_even_where_the_network_says(tiny: ReferenceMap, index: int) -> None:
    """A view of another world with an eighth of one of this: what is sought where it must be cannot contradict."""
    pose = query_poses()[index]
    image = render(pose, LARGE, seed=7)[0]
    image[150:330, 220:440] = render(pose, LARGE)[0][150:330, 220:440]
    asked = Query(image, LARGE)
    observation, references = seen(tiny, asked), nearest(tiny, pose, 6)
    matches = match_near(prior(pose, 0.05, 1.0), observation, LARGE, tiny, references, 0.9, 4.0)
    found = landmark_pose.solve(observation, LARGE, tiny, matches, references, 4.0)
    scored = score(found[0], observation, LARGE, tiny)
    assert scored.inliers > 40
    assert scored.agreement == 1.0
    assert scored.presence < 0.3
    for rate, kind in ((0.001, Lost), (1.0, Localized)):
        features = LocalFeatureEstimator.open(FeaturesConfig(max_false_accept_rate=rate), tiny)
        assert isinstance(features.judge(FeatureLook(observation, references, (scored,)), asked), kind)


def test_landmarks_behind_the_camera_match_nothing(tiny: ReferenceMap) -> None:
    behind = query_poses()[1].copy()
    behind[:3, :3] = behind[:3, :3] @ np.diag([-1.0, 1.0, -1.0])
    references = nearest(tiny, query_poses()[1], 6)
    assert len(match_near(prior(behind, 0.05, 1.0), seen(tiny, query()), CAMERA, tiny, references, 0.9, 4.0)) == 0


def test_a_map_with_the_features_descriptor_alone_serves_both(tmp_path: Path) -> None:
    folder = build_tiny_map(tmp_path, "triangulate", "vlad")
    encode_map(folder, PairModels.named(recalled_pair()))
    answer = opened(ReferenceMap.open(folder, verify=False)).localize(query())
    assert isinstance(answer, Localized), answer
    assert {"encode", "pairs", "guide"} <= set(answer.stage_ms)
