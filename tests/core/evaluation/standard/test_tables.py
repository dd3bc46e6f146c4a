"""The papers' figures from the values of a file."""

from __future__ import annotations

import math

import pytest

from reloc.evaluation.standard import tables
from reloc.evaluation.standard.conclusion import conclude
from reloc.evaluation.standard.suites import OFFICIAL, SFM
from reloc.pages.conclusion import GOOD


def method(*queries):
    """Values of a method; a query is (m, deg), or None if it is lost."""
    return {"map": "h", "queries": {str(i): {"ms": 10.0, **({"m": q[0], "deg": q[1]} if q else {"lost": "uncertain"})}
                                    for i, q in enumerate(queries)}}  # fmt: skip


def test_a_lost_query_counts_as_infinitely_wrong():
    f = tables.figures(method((0.01, 1.0), (0.03, 2.0), (0.2, 1.0), None, None))
    assert (f.queries, f.answered) == (5, 3)
    assert (f.median_m, f.median_deg) == (0.2, 2.0)
    assert f.recall == pytest.approx(2 / 5)
    assert math.isinf(tables.figures(method((0.01, 1.0), None)).median_m)
    assert tables.median_cell(tables.figures(method((0.01, 1.0), None))) == "half are lost"
    assert math.isnan(tables.figures({}).median_m)


def test_bounds_are_inclusive_and_both_must_hold():
    assert tables.figures(method((0.05, 5.0), (0.0501, 1.0), (0.01, 5.01))).recall == pytest.approx(1 / 3)


def test_a_table_for_each_kind_of_true_poses_with_the_mean_of_all_scenes():
    good, worse = method((0.01, 1.0)), method((0.03, 3.0))
    scenes = {
        "chess": {OFFICIAL: {"methods": {"features": good, "posenet": {"queries": {}, "cannot": "No network: train"}}}},
        "fire": {OFFICIAL: {"methods": {"features": worse}}, SFM: {"methods": {"features": good}}},
    }
    official, sfm = tables.tables(scenes, ("features", "posenet"))
    assert [scene for scene, _ in official.rows] == ["chess", "fire", "mean"]
    mean = official.rows[-1][1][0]
    assert (mean.median_m, mean.median_deg, mean.queries) == (pytest.approx(0.02), 2.0, 2)
    assert math.isnan(official.rows[-1][1][1].median_m)  # it ran in no scene
    assert [scene for scene, _ in sfm.rows] == ["fire"]  # no mean of one
    text = tables.as_text("7-Scenes", [official, sfm])
    assert "7-Scenes, poses by structure from motion: within 5 cm, 5 deg" in text
    assert "1.0 cm, 1.00 deg" in text
    assert "No network" in text
    assert "100.0 %" in text


def test_what_was_left_out_is_said():
    whole = {"map_every": 1, "every": 1, "limit": 0}
    assert tables.left_out(whole) == ""
    some = tables.left_out({"map_every": 10, "every": 5, "limit": 7})
    assert "one training image of 10, one query of 5, at most 7 queries of a scene" in some


def test_a_mean_is_not_given_while_a_scene_is_missing():
    scenes = {"chess": {OFFICIAL: {"methods": {"a": method((0.01, 1.0))}}}, "fire": {OFFICIAL: {"methods": {}}}}
    ((*_, (name, (mean,))),) = (table.rows for table in tables.tables(scenes, ("a",)))
    assert name == "mean"
    assert tables.median_cell(mean) == "–"


def test_the_page_says_the_best_method_first_and_each_reason_once():
    methods = {"features": method((0.01, 1.0)), "posenet": {"cannot": "no model"}}
    scenes = {name: {OFFICIAL: {"methods": methods}, SFM: {"methods": methods}} for name in ("chess", "fire")}
    made = tables.tables(scenes, ("features", "posenet"))
    found = conclude(made, "")
    assert found.words.startswith("By official poses, features is best: median 1.0 cm, 1.00 deg, 100.0 % within 5 cm")
    assert found.kind == GOOD
    assert conclude(made, "Not the whole splits.").words.endswith("Not the whole splits.")
    assert tables.not_run(made) == [("posenet", "no model")]
    assert tables.as_text("7-Scenes", made).count("no model") == 1
    assert conclude(tables.tables({"chess": {SFM: {"methods": {}}}}, ("features",)), "").words.startswith("No method")
