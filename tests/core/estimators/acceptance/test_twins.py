"""What an answer was computed from may be in another place as well, in the same arrangement."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from support.tiny_world import CAMERA, query_poses, render

from reloc.datatypes import Localized, Lost, LostReason, Query
from reloc.estimators.acceptance.twins import LEAST, Explained, Twins
from reloc.estimators.local_features import FeatureLook, FeaturesConfig, LocalFeatureEstimator
from reloc.maps.reference_map import ReferenceMap
from reloc.timing import StageClock
from reloc.trust.verification import Finding, Verifier

# One place alone is tried, so that nothing but the map as a whole can tell that there are two.
ONE_PLACE = FeaturesConfig(places=1)
BOLD = replace(ONE_PLACE, max_false_accept_rate=1.0)
QUERY = Query(render(query_poses()[1])[0], CAMERA)


def looked(
    reference_map: ReferenceMap, config: FeaturesConfig = ONE_PLACE
) -> tuple[LocalFeatureEstimator, FeatureLook]:
    estimator = LocalFeatureEstimator.open(config, reference_map)
    look = estimator.look(QUERY, StageClock())
    assert isinstance(look, FeatureLook)
    return estimator, look


def share(reference_map: ReferenceMap, keep: slice = np.s_[:], least: int = LEAST, without: range = range(0)) -> float:
    _, look = looked(reference_map)
    best = max(look.hypotheses, key=lambda h: h.inliers)
    points, seen = best.hypothesis.explained, look.observation
    keypoint, landmarks = points.keypoint[keep], points.landmark[keep]
    unit, uv = seen.unit[keypoint], seen.uv[keypoint]
    explained = Explained(best.world_from_cam, CAMERA, unit, uv, landmarks, 4.0)
    return Twins(reference_map).share(explained, least, without)


def test_a_room_that_is_there_twice_has_a_twin_and_another_has_none(
    twins: ReferenceMap, with_landmarks: ReferenceMap
) -> None:
    assert share(twins) > 0.5
    assert share(with_landmarks) == 0.0


def test_a_twin_that_is_left_out_is_none(twins: ReferenceMap) -> None:
    _, look = looked(twins)
    here = max(look.hypotheses, key=lambda h: h.inliers).references[0].index < 8
    assert share(twins, without=range(8, 16) if here else range(8)) == 0.0


def test_few_inliers_are_chance(twins: ReferenceMap) -> None:
    assert share(twins, np.s_[:20], least=8) > 0.3
    assert share(twins, np.s_[:20], least=21) == 0.0
    assert share(twins, np.s_[:0]) == 0.0


def test_a_map_without_landmarks_has_no_twins(without_landmarks: ReferenceMap) -> None:
    none = np.zeros(0, np.int32)
    explained = Explained(np.eye(4), CAMERA, np.zeros((9, 128)), np.zeros((9, 2)), none, 4.0)
    assert Twins(without_landmarks).share(explained) == 0.0


def test_a_twin_that_retrieval_does_not_propose_makes_the_answer_ambiguous(twins: ReferenceMap) -> None:
    estimator, look = looked(twins)
    answer = estimator.judge(look, QUERY)
    assert isinstance(answer, Lost)
    assert answer.reason is LostReason.AMBIGUOUS
    assert "exist elsewhere in the same arrangement" in answer.detail
    estimator, look = looked(twins, BOLD)
    assert isinstance(estimator.judge(look, QUERY), Localized)


def test_verification_calls_it_ambiguous_whichever_method_answered(
    twins: ReferenceMap, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimator, look = looked(twins, BOLD)
    answer = estimator.judge(look, QUERY)
    assert isinstance(answer, Localized)
    verifier = Verifier.open(twins)
    # Of what retrieval proposes nothing lies elsewhere: the other room is known by its landmarks alone.
    monkeypatch.setattr(type(verifier._witness), "propose", lambda *_: [])
    verified = verifier.verify(QUERY, answer)
    assert verified.evidence.verdict is Finding.AMBIGUOUS
    assert isinstance(verified.answer, Lost)
    assert verified.answer.reason is LostReason.AMBIGUOUS
