import json
import math

import pytest
from support.outcomes import TRUTH, localized, lost, outcome

from reloc.evaluation import environment
from reloc.evaluation.evaluation import Evaluation, finite
from reloc.evaluation.summary import summarize
from reloc.evaluation.table import as_text

ASKED = {
    "localizer",
    "queries",
    "answered",
    "median_translation_m",
    "median_rotation_deg",
    "recall_5cm_5deg",
    "gross_rate",
    "max_translation_m",
    "time_p50_ms",
    "time_p99_ms",
    "retrieval_median_translation_m",
    "retrieval_median_rotation_deg",
}


def evaluation(*outcomes):
    return Evaluation(
        summarize("features", outcomes),
        outcomes,
        "kitchen.map",
        "ab" * 32,
        50,
        "queries",
        "the source's",
        {"top_k": 5},
        environment.versions(),
        environment.cpu_name(),
    )


def strict(text):
    """JSON as other languages read it: NaN is an error."""
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))


def test_json_has_the_figures_and_every_frame(tmp_path):
    file = tmp_path / "deep" / "out.json"
    evaluation(outcome(localized((0.004, 0, 0)), "a"), outcome(lost(), "b")).write_json(file)
    values = strict(file.read_text())
    assert set(values) >= ASKED
    assert values["answered"] == 1
    assert values["median_translation_m"] == pytest.approx(0.004)
    assert values["map_hash"] == "ab" * 32
    assert values["versions"]["numpy"]
    assert "cores" in values["cpu"]
    first, second = values["frames"]
    assert (first["name"], first["answered"], first["inliers"], first["reason"]) == ("a", True, 100, None)
    assert first["pose"][:3] == pytest.approx([1.004, 2.0, 0.5])
    assert first["true_pose"][:3] == pytest.approx(TRUTH[:3, 3].tolist())
    assert first["nees"] == pytest.approx(0.16)
    assert first["references"] == ["ref-0"]
    assert (second["answered"], second["reason"], second["detail"]) == (False, "too_few_inliers", "7 of 90")
    assert second["translation_m"] is None
    assert second["pose"] is None


def test_what_is_unknown_is_null(tmp_path):
    file = tmp_path / "out.json"
    evaluation(outcome(lost(), truth=False)).write_json(file)
    values = strict(file.read_text())
    assert values["answered"] == 0
    for name in ("median_translation_m", "recall_5cm_5deg", "gross_rate", "max_translation_m"):
        assert values[name] is None, name


def test_a_broken_covariance_is_null_not_an_error(tmp_path):
    answer = localized(sigma_m=math.nan, sigma_deg=math.nan)
    file = tmp_path / "out.json"
    evaluation(outcome(answer)).write_json(file)
    frame = strict(file.read_text())["frames"][0]
    assert frame["nees"] is None
    assert frame["sigma_m"] is None


def test_finite_goes_to_any_depth():
    assert finite({"a": [math.inf, (1.0, math.nan)], "b": {"c": -math.inf, "d": "NaN"}}) == {
        "a": [None, [1.0, None]],
        "b": {"c": None, "d": "NaN"},
    }


def test_table_of_some_none_and_no_truth():
    some = as_text(evaluation(outcome(localized((0.004, 0, 0))), outcome(lost())))
    assert "answered         1 of 2" in some
    assert "0.0040 m" in some
    assert "too_few_inliers 1" in some
    none = as_text(evaluation(outcome(lost())))
    assert "-, - deg" in none or "- m, - deg" in none
    unposed = as_text(evaluation(outcome(lost(), truth=False)))
    assert "median error" not in unposed
    assert "nan" not in (some + none + unposed).lower()
