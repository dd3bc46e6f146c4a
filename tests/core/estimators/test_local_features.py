"""The estimator by itself, as localizers and verification hold it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from support.tiny_world import CAMERA, query_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Prior, Query
from reloc.estimators.local_features import FeatureLook, FeaturesConfig, LocalFeatureEstimator, suited, with_features
from reloc.estimators.observation import Observation
from reloc.geometry.transforms import distance_between
from reloc.localizers.features import Features
from reloc.maps.reference_map import ReferenceMap
from reloc.timing import StageClock

QUERY = Query(render(query_poses()[0])[0], CAMERA)


def test_the_localizer_answers_what_the_estimator_does(
    with_landmarks: ReferenceMap, without_landmarks: ReferenceMap
) -> None:
    for reference_map in (with_landmarks, without_landmarks):
        answer = LocalFeatureEstimator.open(FeaturesConfig(), reference_map).answer(QUERY, StageClock())
        same = Features.from_map(FeaturesConfig(), reference_map).localize(QUERY)
        assert isinstance(answer, Localized)
        assert isinstance(same, Localized)
        np.testing.assert_array_equal(answer.world_from_cam, same.world_from_cam)
        np.testing.assert_array_equal(answer.covariance, same.covariance)
        assert answer.features is not None


def test_a_look_is_judged_again_without_solving_again(with_landmarks: ReferenceMap) -> None:
    estimator, clock = LocalFeatureEstimator.open(FeaturesConfig(), with_landmarks), StageClock()
    look = estimator.look(QUERY, clock)
    assert isinstance(look, FeatureLook)
    stages = dict(clock.stage_ms)
    first, again = (estimator.judge(look, QUERY) for _ in range(2))
    assert isinstance(first, Localized)
    assert isinstance(again, Localized)
    np.testing.assert_array_equal(first.world_from_cam, again.world_from_cam)
    assert clock.stage_ms == stages
    lost = Lost(LostReason.AMBIGUOUS, "two places")
    assert with_features(lost, look) is lost
    with_them = with_features(first, look)
    assert isinstance(with_them, Localized)
    assert with_them.features is look.observation.features


def test_references_of_ones_own_choice_are_solved(with_landmarks: ReferenceMap) -> None:
    estimator, clock = LocalFeatureEstimator.open(FeaturesConfig(), with_landmarks), StageClock()
    seen = estimator.observe(QUERY, clock)
    assert isinstance(seen, Observation)
    references = tuple(estimator.propose(seen, QUERY, 4, clock))
    assert len(references) == 4
    best = estimator.solve(seen, QUERY, references, clock)[0]
    given = estimator.solve(seen, QUERY, references, clock, estimator.match(seen, references, clock))[0]
    np.testing.assert_array_equal(best.world_from_cam, given.world_from_cam)
    assert distance_between(best.world_from_cam, query_poses()[0]) < 0.02
    left_out = replace(QUERY, without=frozenset({references[0].index}))
    assert references[0].index not in {c.index for c in estimator.propose(seen, left_out, 4, clock)}


def test_landmarks_near_a_prior_are_solved_where_there_are_any(
    with_landmarks: ReferenceMap, without_landmarks: ReferenceMap
) -> None:
    prior = Prior(query_poses()[0], np.diag(np.repeat([0.1**2, np.deg2rad(2.0) ** 2], 3)))
    for reference_map in (with_landmarks, without_landmarks):
        estimator, clock = LocalFeatureEstimator.open(FeaturesConfig(), reference_map), StageClock()
        seen = estimator.observe(QUERY, clock)
        assert isinstance(seen, Observation)
        references = tuple(estimator.propose(seen, QUERY, 4, clock))
        found = estimator.solve_near(prior, seen, QUERY, references, clock)
        assert estimator.has_landmarks == bool(found) == reference_map.has_landmarks
        if found:
            assert distance_between(found[0].world_from_cam, query_poses()[0]) < 0.02
        else:
            assert estimator.match(seen, references, clock) is None


def test_an_image_that_shows_nothing_is_lost_before_retrieval(with_landmarks: ReferenceMap) -> None:
    clock = StageClock()
    blank = Query(np.full((CAMERA.height, CAMERA.width), 128, np.uint8), CAMERA)
    lost = LocalFeatureEstimator.open(FeaturesConfig(), with_landmarks).look(blank, clock)
    assert isinstance(lost, Lost)
    assert lost.reason is LostReason.TOO_FEW_FEATURES
    assert "retrieve" not in clock.stage_ms


def test_rough_poses_of_the_map_widen_the_limit_and_the_sigma() -> None:
    limit, fine = suited(FeaturesConfig(), 0.0)
    rough_limit, rough = suited(FeaturesConfig(), 4.0)
    assert (limit, rough_limit) == (4.0, 12.0)
    assert fine.map_error_px == 0.0 < rough.map_error_px


def test_what_is_asked_for_is_not_changed() -> None:
    asked = FeaturesConfig(max_error_px=3.0, map_error_px=2.0, map_focal_sigma=0.01)
    assert suited(asked, 4.0) == (3.0, asked)
