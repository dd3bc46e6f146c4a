"""The page and the figures for programs, of maps of all kinds."""

import dataclasses
import json
import re
import shutil
import xml.etree.ElementTree as ET

from support.tiny_world import TinySource, reference_poses

from reloc.cli.output.json_text import json_text
from reloc.engine import Engine
from reloc.evaluation.calibrate import CalibrateConfig, calibrate
from reloc.evaluation.coverage.figures_json import figures
from reloc.evaluation.coverage.page import render
from reloc.evaluation.coverage.survey import survey
from reloc.evaluation.self_check import leave_one_out
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.check import check
from reloc.maps.reference_map import ReferenceMap
from reloc.trust.calibration.record import RecordedOutcome
from reloc.trust.calibration.store import save


def page_of(path, quick=True):
    opened = ReferenceMap.open(path, verify=False)
    checks = leave_one_out(opened) if quick and opened.has_landmarks else ()
    found = survey(opened, check(opened), checks)
    text = render(found)
    for figure in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        ET.fromstring(figure)
    assert re.findall(r"(?:src|href)=\"(?!data:|#)[^\"]*\"", text.replace("xlink:", "")) == []
    assert "nan" not in re.sub(r"base64,[^\"]*|<svg.*?</svg>", "", text, flags=re.DOTALL).lower()
    return text.replace("<wbr>", ""), json.loads(json_text(figures(found)))


def test_look_alike_rooms(twins):
    text, told = page_of(twins.path)
    assert "Places that look alike: 1 pair<" in text
    assert text.count("data:image/jpeg;base64,") >= 2
    assert "ref/0" in text
    assert "| twin/ref/0" in text
    (method,) = told["methods"]
    assert method["method"] == "features"
    assert len(method["references"]) == len(twins)
    states = [one["state"] for one in method["references"]]
    assert method["counts"]["ambiguous"] == states.count("ambiguous")
    assert method["look_alikes"][0]["pairs"][0]["rival"] in twins.names


def test_without_a_calibration_it_says_so(own_map):
    path = own_map.path
    text, told = page_of(path)
    assert "This map has no calibration" in text
    assert f"reloc map calibrate {path.resolve()}" in text
    assert "quick check" in text
    assert told["methods"][0]["method"] is None
    assert told["methods"][0]["counts"]["works"] == 6
    text, told = page_of(path, quick=False)
    assert "Where it works and where it fails is not known" in text
    assert told["methods"] == []


def test_too_few_outcomes(own_map, record_of, right):
    save(own_map.path, record_of(own_map, [right(i, probability=float("nan")) for i in range(6)]))
    text, told = page_of(own_map.path)
    assert "Only 6 answers of known pose, too few for probabilities" in text
    assert "This map has no calibration" not in text
    assert told["methods"][0]["calibration"]["curve"] == []


def test_the_curve_and_the_counts(own_map, record_of, right, many_right):
    save(own_map.path, record_of(own_map, [*(right(i) for i in range(5)), *many_right]))
    text, told = page_of(own_map.path)
    assert "probability of being right (lower bound)" in text
    assert "Not tried: 1 of 6" in text
    assert "1.50 (position) and 1.20 (rotation)" in text
    calibration = told["methods"][0]["calibration"]
    assert (calibration["known_poses"], calibration["queries"]) == (65, 60)
    assert calibration["curve"][-1]["right"] > 0
    assert calibration["covariance"]["position"] == 1.5


def test_several_methods(own_map, record_of, right, many_right):
    save(own_map.path, record_of(own_map, [right(i) for i in range(6)] + many_right))
    save(own_map.path, record_of(own_map, [RecordedOutcome(i, "lost", "uncertain") for i in range(6)], "sift_5pt"))
    text, told = page_of(own_map.path)
    assert [one["method"] for one in told["methods"]] == ["features", "sift_5pt"]
    assert "the pose is too uncertain to use" in text
    assert told["methods"][1]["fails_because"] == {"uncertain": 6}
    assert told["methods"][1]["add"][0]["kind"] == "fails"


def test_a_calibration_of_another_map_is_not_shown(own_map, record_of, right):
    save(own_map.path, dataclasses.replace(record_of(own_map, [right(0)]), map_hash="0" * 64))
    text, told = page_of(own_map.path)
    assert "The calibration of features is of another map" in text
    assert "This map has no calibration of its current content" in text
    assert (told["methods"][0]["method"], told["outdated_calibrations"]) == (None, ["features"])


def test_one_reference(tmp_path):
    source = TinySource(poses=reference_poses(1))
    opened = build_map(source, tmp_path / "one.map", BuildConfig(landmarks="depth", retrieval="vlad"))
    text, _ = page_of(opened.path)
    assert "a view there shares landmarks with no other view" in text
    save(opened.path, calibrate(Engine.open(opened, "features", {}, calibrated=False), CalibrateConfig(made=0)))
    _, told = page_of(opened.path)
    assert told["methods"][0]["counts"]["fails"] == 1


def test_without_landmarks(tmp_path):
    source = TinySource(poses=reference_poses(4))
    opened = build_map(source, tmp_path / "bare.map", BuildConfig(landmarks="none", retrieval="vlad"))
    text, told = page_of(opened.path)
    assert "Where it works and where it fails is not known" in text
    assert told["references"][0]["landmarks"] == 0


def test_images_that_are_gone(twins, tmp_path):
    opened = ReferenceMap.open(shutil.copytree(twins.path, tmp_path / "gone.map"))
    shutil.rmtree(opened.path / "images")
    text = render(survey(opened, check(opened)))
    assert "no picture" in text
    assert "data:image" not in text


def test_names_are_escaped(own_map, record_of):
    save(own_map.path, record_of(own_map, [RecordedOutcome(0, "lost", "<script>x</script>")]))
    text, _ = page_of(own_map.path)
    assert "<script" not in text
