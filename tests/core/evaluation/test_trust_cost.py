"""What verification and gate make of right and of wrong answers, on the tiny world."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from support.tiny_world import CAMERA, build_tiny_map, query_poses, render

from reloc.datatypes import Answer, Localized, Query
from reloc.engine import Engine
from reloc.evaluation.trust_cost import LOOKS, JudgedQuery, judge
from reloc.evaluation.trust_summary import summarize
from reloc.localizers import Localizer
from reloc.maps.reference_map import ReferenceMap

TRUTH = query_poses()[1]
QUERY = Query(render(TRUTH)[0], CAMERA)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> ReferenceMap:
    folder = tmp_path_factory.mktemp("trust_cost")
    return ReferenceMap.open(build_tiny_map(folder, "triangulate", "vlad,densevlad"))


@pytest.fixture(scope="module")
def features(tiny: ReferenceMap) -> Engine:
    return Engine.open(tiny, "features", {})


@pytest.fixture(scope="module")
def sift(tiny: ReferenceMap) -> Engine:
    return Engine.open(tiny, "sift_5pt", {})


class _Changed:
    """A localizer whose answers are off by that much and say that they are that sure."""

    def __init__(self, localizer: Localizer, metres: float = 0.0, sigmas: float = 1.0) -> None:
        self._localizer, self._metres, self._sigmas = localizer, metres, sigmas

    def localize(self, query: Query) -> Answer:
        answer = self._localizer.localize(query)
        assert isinstance(answer, Localized)
        pose = answer.world_from_cam.copy()
        pose[0, 3] += self._metres
        return replace(answer, world_from_cam=pose, covariance=answer.covariance * self._sigmas**2)


def _changed(engine: Engine, metres: float = 0.0, sigmas: float = 1.0) -> Engine:
    return replace(engine, localizer=cast(Localizer, _Changed(engine.localizer, metres, sigmas)))


def test_a_right_answer_is_published_after_three_looks_as_it_was_given(features: Engine) -> None:
    found = judge(features, QUERY, TRUTH)
    assert (found.result, found.published, found.refused_by) == ("right", "right", "")
    assert found.looks == 3
    # The robot drove on by two looks until then: the answer is compared where it was given.
    assert found.published_m == pytest.approx(found.error_m, abs=1e-9)
    assert found.published_nees == pytest.approx(found.nees, rel=1e-6)
    assert found.tracking_ms < found.bare_ms


def test_nobody_looks_after_what_checks_itself_and_a_consistent_lie_of_it_gets_out(features: Engine) -> None:
    found = judge(_changed(features, metres=2.0), QUERY, TRUTH)
    assert (found.result, found.published) == ("wrong", "wrong")
    assert found.published_m == pytest.approx(2.0, abs=0.05)


def test_the_verification_is_timed_while_lost_and_not_asked_while_tracking(sift: Engine) -> None:
    found = judge(sift, QUERY, TRUTH)
    assert (found.result, found.published) == ("right", "right")
    assert found.added_ms > 10 * found.tracking_ms


def test_a_wrong_answer_is_refused_by_the_verification_however_often_it_is_repeated(sift: Engine) -> None:
    found = judge(_changed(sift, metres=2.0), QUERY, TRUTH)
    assert (found.result, found.published, found.refused_by) == ("wrong", "lost", "verification")
    assert found.reason.startswith("unverified")
    assert math.isnan(found.tracking_ms)


def test_an_unsure_answer_counts_as_the_pose_by_features_which_is_made_again_while_tracking(sift: Engine) -> None:
    engine = _changed(sift, metres=0.2, sigmas=1000.0)
    found = judge(engine, QUERY, TRUTH)
    assert (found.result, found.published) == ("right", "right")
    assert found.error_m > 0.15 > 5 * found.published_m
    assert found.tracking_ms > 0.5 * found.added_ms


def test_an_unsure_answer_that_nobody_can_sharpen_is_refused_by_the_gate(features: Engine) -> None:
    found = judge(_changed(features, sigmas=1e5), QUERY, TRUTH)
    assert (found.result, found.published, found.refused_by) == ("right", "lost", "gate")
    assert found.reason.startswith("uncertain")


def test_what_the_method_refuses_costs_nothing_more(sift: Engine) -> None:
    found = judge(sift, Query(np.zeros_like(QUERY.image), CAMERA), TRUTH)
    assert (found.result, found.published, found.refused_by) == ("lost", "lost", "")
    assert found.bare_ms > 0.0
    assert found.added_ms < found.bare_ms


def test_as_json_and_back(features: Engine) -> None:
    found = judge(features, QUERY, TRUTH)
    assert JudgedQuery.from_dict(found.to_dict()) == found
    lost = JudgedQuery("lost").to_dict()
    assert lost["nees"] is None
    assert math.isnan(JudgedQuery.from_dict(lost).nees)


def test_the_figures_of_many() -> None:
    right = JudgedQuery(
        "right", 0.1, 1.0, 5.0, "right", 0.1, 1.0, 5.0, looks=3, bare_ms=80.0, added_ms=1.0, tracking_ms=0.5
    )
    refused = replace(right, published="lost", published_nees=math.nan, tracking_ms=math.nan)
    some = [
        *[right] * (LOOKS - 2),
        replace(right, published_nees=13.0, added_ms=101.0),  # 12.59 is the ellipsoid
        replace(refused, refused_by="verification", reason="unverified: 3 of 9 matches"),
        replace(refused, refused_by="gate", reason="uncertain: 0.6 m"),
        replace(right, result="wrong", published="wrong", published_nees=40.0),
        *[JudgedQuery("lost", bare_ms=80.0, added_ms=0.0)]
        * 50,  # they cost nothing more, and say nothing of what answers do
    ]
    cost = summarize(some)
    assert (cost.queries, cost.right, cost.wrong) == (LOOKS + 52, LOOKS + 1, 1)
    assert (cost.refused_by_verification, cost.refused_by_gate, cost.wrong_published) == (1, 1, 1)
    assert cost.refused_because == {"unverified": 1, "uncertain": 1}
    assert cost.refused_share == pytest.approx(2 / (LOOKS + 1))
    assert cost.coverage == pytest.approx((LOOKS - 2) / LOOKS)
    assert cost.inside_low < cost.coverage < cost.inside_high
    assert (cost.bare_ms, cost.added_ms, cost.tracking_ms) == (80.0, 1.0, 0.5)
    assert cost.added_p99_ms > 50.0


def test_nothing_has_no_figures() -> None:
    cost = summarize([])
    assert cost.queries == 0
    assert all(math.isnan(v) for v in (cost.refused_share, cost.coverage, cost.inside_low, cost.bare_ms))
