import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from support.outcomes import localized, lost, outcome
from support.tiny_world import build_tiny_map

from reloc.errors import ImageError
from reloc.evaluation import environment
from reloc.evaluation.evaluation import Evaluation
from reloc.evaluation.report.page import render, worst, write_report
from reloc.evaluation.summary import summarize
from reloc.maps.reference_map import ReferenceMap
from reloc.pages.template import number, percent


@pytest.fixture(scope="module")
def tiny_map(tmp_path_factory):
    return ReferenceMap.open(build_tiny_map(tmp_path_factory.getbasetemp()))


def page(tiny_map, *outcomes, **changes):
    values = {
        "summary": summarize("features", outcomes),
        "outcomes": outcomes,
        "map_path": "kitchen.map",
        "map_hash": "ab" * 32,
        "references": len(tiny_map),
        "queries_path": "queries",
        "camera": "the source's",
        "parameters": {},
        "versions": environment.versions(),
        "cpu": environment.cpu_name(),
    }
    return render(Evaluation(**values | changes), tiny_map)


def image():
    return np.full((48, 64, 3), 200, np.uint8)


def figures(text):
    return re.findall(r"<svg.*?</svg>", text, re.DOTALL)


def test_some_answered(tiny_map):
    text = page(
        tiny_map,
        outcome(localized((0.004, 0.0, 0.0)), "good", load_image=image),
        outcome(localized((0.7, 0.0, 0.0)), "wrong", load_image=image),
        outcome(lost(), "dark", load_image=image),
    )
    assert len(figures(text)) == 5
    assert "2 of 3" in text
    assert "33.3 %" in text  # recall, and the gross rate
    assert "70.0 cm" in text
    assert "too few inliers: 7 of 90" in text
    assert text.count("data:image/jpeg;base64,") == 6  # three queries, each beside its best reference
    assert text.index("70.0 cm") < text.index("0.4 cm, 0.00 deg")  # the worst first


def test_none_answered(tiny_map):
    text = page(tiny_map, outcome(lost(), load_image=image), outcome(lost(), load_image=image))
    assert "0 of 2" in text
    assert "Lost: 2" in text
    assert "honest" not in text
    assert len(figures(text)) == 3  # places, retrieval's errors, times


def test_all_answered(tiny_map):
    text = page(tiny_map, *(outcome(localized(), load_image=image) for _ in range(3)))
    assert "3 of 3" in text
    assert "Every query was answered." in text


@pytest.mark.parametrize("answer", [localized(), lost()])
def test_without_truth(tiny_map, answer):
    text = page(tiny_map, outcome(answer, truth=False, load_image=image))
    assert "median position error" not in text
    assert "nan" not in re.sub(r"base64,[^\"]*", "", text).lower()


def test_no_query_at_all(tiny_map):
    text = page(tiny_map)
    assert figures(text) == []
    assert "0 of 0" in text


def test_every_figure_is_whole_and_their_names_do_not_collide(tiny_map):
    text = page(tiny_map, outcome(localized((0.1, 0, 0))), outcome(localized()))
    identifiers = []
    for figure in figures(text):
        root = ET.fromstring(figure)
        identifiers += [e.get("id") for e in root.iter() if e.get("id")]
        for used in re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", figure):
            assert (used[0] or used[1]) in identifiers
    assert len(identifiers) == len(set(identifiers))


def test_the_page_needs_no_other_file(tiny_map):
    text = page(tiny_map, outcome(localized(), load_image=image))
    assert re.findall(r"(?:src|href)=\"(?!data:|#)[^\"]*\"", text.replace("xlink:", "")) == []
    assert "<script" not in text


def test_names_are_escaped(tiny_map):
    text = page(tiny_map, outcome(lost(detail="<b>x</b>"), "<i>name</i>"), queries_path="<script>alert(1)</script>")
    assert "<script>" not in text
    assert "<i>name" not in text
    assert "&lt;b&gt;x" in text


def test_a_picture_that_cannot_be_read_is_left_out(tiny_map):
    def unreadable():
        raise ImageError("cut off")

    assert "no picture" in page(tiny_map, outcome(lost(), load_image=unreadable))


def test_the_worst_is_first_by_error_else_by_inliers():
    answers = [localized((0.01, 0, 0)), localized(turn_deg=(0, 0, 9)), localized((0.06, 0, 0))]
    assert [o.name for o in worst([outcome(a, str(i)) for i, a in enumerate(answers)] + [outcome(lost())])] == [
        "1",
        "2",
        "0",
    ]
    unposed = [outcome(localized(inliers=n), str(n), truth=False) for n in (60, 20, 40)]
    assert [o.name for o in worst(unposed)] == ["20", "40", "60"]


def test_numbers():
    assert number(1.23456, 2) == "1.23"
    assert number(float("nan")) == "–"
    assert percent(0.98) == "98.0 %"
    assert percent(float("nan")) == "–"


def test_the_file_is_written_with_its_folder(tiny_map, tmp_path):
    outcomes = (outcome(lost()),)
    evaluation = Evaluation(summarize("x", outcomes), outcomes, "m", "h", 1, "q", "c", {}, {}, "cpu")
    write_report(evaluation, tiny_map, tmp_path / "deep" / "page.html")
    assert (tmp_path / "deep" / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")
