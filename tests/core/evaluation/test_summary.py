import math

import pytest
from support.outcomes import localized, lost, outcome

from reloc.datatypes import LostReason
from reloc.evaluation.summary import bound_name, summarize


def test_figures_of_four_queries():
    found = summarize(
        "features",
        [
            outcome(localized((0.004, 0.0, 0.0)), ms=100.0),
            outcome(localized((0.0, 0.03, 0.0), (0.0, 0.0, 2.0)), ms=120.0),
            outcome(localized((0.0, 0.0, 0.6)), ms=140.0),
            outcome(lost(), ms=40.0),
        ],
    )
    assert (found.queries, found.answered) == (4, 3)
    assert found.answered_share == 0.75
    assert found.median_translation_m == pytest.approx(0.03)
    assert found.median_rotation_deg == pytest.approx(0.0, abs=1e-6)
    assert found.max_translation_m == pytest.approx(0.6)
    assert found.max_rotation_deg == pytest.approx(2.0)
    assert found.recall_5cm_5deg == 0.5
    assert found.recall == {
        "1cm_1deg": 0.25, "2cm_2deg": 0.25, "5cm_5deg": 0.5, "0.25m_2deg": 0.5, "0.5m_5deg": 0.5, "5m_10deg": 0.75,
    }  # fmt: skip
    assert found.gross_rate == 0.25
    assert found.time_p50_ms == 110.0
    assert found.stage_p50_ms == {"features": 10.0, "solve": 2.0}
    assert found.lost_reasons == {"too_few_inliers": 1}
    assert found.retrieval_median_translation_m == 0.3
    assert found.retrieval_median_rotation_deg == 20.0


def test_coverage_takes_position_and_pose_apart():
    # 2.5 sigma in x: inside in three dimensions (7.81) and in six (12.59); 4 sigma about z: outside in six alone.
    answers = [localized((0.025, 0.0, 0.0)), localized(turn_deg=(0.0, 0.0, 0.4))]
    found = summarize("features", [outcome(a) for a in answers])
    assert found.position_coverage_95 == 1.0
    assert found.covariance_coverage_95 == 0.5
    assert found.median_nees == pytest.approx((6.25 + 16.0) / 2)


def test_all_lost_has_no_errors_but_shares():
    found = summarize("features", [outcome(lost(LostReason.AMBIGUOUS)), outcome(lost()), outcome(lost())])
    assert found.answered == 0
    assert math.isnan(found.median_translation_m)
    assert math.isnan(found.max_translation_m)
    assert found.recall_5cm_5deg == 0.0
    assert found.gross_rate == 0.0
    assert list(found.lost_reasons.items()) == [("too_few_inliers", 2), ("ambiguous", 1)]


def test_without_truth_errors_are_unknown_not_zero():
    found = summarize("features", [outcome(localized(), truth=False), outcome(lost(), truth=False)])
    assert found.answered == 1
    for name in ("median_translation_m", "recall_5cm_5deg", "gross_rate", "retrieval_median_translation_m"):
        assert math.isnan(getattr(found, name)), name


def test_unread_frames_do_not_make_the_times_better():
    found = summarize("features", [outcome(localized(), ms=100.0), outcome(lost(LostReason.BAD_IMAGE), ms=0.0)])
    assert found.time_p50_ms == 100.0


def test_nothing_at_all():
    found = summarize("features", [])
    assert (found.queries, found.answered) == (0, 0)
    assert math.isnan(found.answered_share)


def test_bound_names():
    assert bound_name(0.05, 5.0) == "5cm_5deg"
    assert bound_name(0.25, 2.0) == "0.25m_2deg"
