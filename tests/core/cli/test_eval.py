import json

import cv2
import numpy as np
import pytest

from reloc.cli.eval import with_recorded
from reloc.maps.source import SourceOptions


def test_queries_of_a_data_set(cli, built_map, scene, tmp_path):
    files = ("--json", tmp_path / "out.json", "--report", tmp_path / "out.html")
    status, out, err = cli("eval", built_map, scene, "--source", "7scenes", *files)
    assert status == 0, err
    assert "answered" in out
    assert "4 of 4" in out
    values = json.loads((tmp_path / "out.json").read_text())
    assert (values["localizer"], values["queries"], values["answered"]) == ("features", 4, 4)
    assert values["median_translation_m"] < 0.02
    assert values["recall_5cm_5deg"] == 1.0
    assert values["gross_rate"] == 0.0
    assert 0.03 < values["retrieval_median_translation_m"] < 0.5
    assert 0 < values["time_p50_ms"] <= values["time_p99_ms"]
    assert [f["name"] for f in values["frames"]] == [f"seq-02/frame-{i:06d}" for i in range(4)]
    assert "<svg" in (tmp_path / "out.html").read_text()


def test_queries_are_read_as_the_map_was(cli, built_map, scene):
    """The images are not of the size that 7-Scenes has a camera for: the one that the map was told is used."""
    status, out, _ = cli("eval", built_map, scene, "--source", "7scenes", "--limit", "1", "--warm-up", "0")
    assert status == 0
    assert "from the source (1 frames)" in out


def test_every_and_limit(cli, built_map, scene):
    _, out, _ = cli("eval", built_map, scene, "--source", "7scenes", "--split", "all", "--every", "3", "--limit", "2")
    assert "of 2" in out


def test_pictures_from_elsewhere_are_refused(cli, built_map, tmp_path):
    rng = np.random.default_rng(0)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(3):
        noise = cv2.resize(rng.integers(0, 256, (60, 90, 3), np.uint8), (360, 240), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{i}.png"), noise)
    (folder / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 cut")
    status, out, err = cli("eval", built_map, folder, "--source", "images", "--json", tmp_path / "out.json")
    assert status == 0, err
    values = json.loads((tmp_path / "out.json").read_text())
    assert (values["queries"], values["answered"]) == (4, 0)
    assert values["median_translation_m"] is None
    assert values["gross_rate"] is None
    assert values["retrieval_median_translation_m"] is None
    assert values["lost_reasons"]["bad_image"] == 1
    assert "assumed" in values["camera"]
    assert "assumed" in out


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--source", "7scenes", "--baseline", "densevlad"), "densevlad"),
        (("--source", "7scenes", "--camera", "nonsense"), "nonsense"),
        (("--source", "tum"), "rgb.txt"),
        (("--source", "crystal_ball"), "There are: 12scenes, 7scenes, cambridge"),
    ],
)
def test_errors_say_what_is_wrong(cli, built_map, scene, args, words):
    status, _, err = cli("eval", built_map, scene, *args)
    assert status == 2
    assert err.startswith("reloc: error: ")
    assert words in err


@pytest.mark.parametrize(("option", "value"), [("--every", "0"), ("--limit", "many"), ("--warm-up", "-1")])
def test_a_count_of_nothing_is_a_usage_error(cli, built_map, scene, capsys, option, value):
    with pytest.raises(SystemExit) as ended:
        cli("eval", built_map, scene, "--source", "7scenes", option, value)
    assert ended.value.code == 2
    assert f"{value!r} is not a whole number of " in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--json", "--report"])
def test_what_cannot_be_written_is_said_before_anything_is_done(cli, tmp_path, option):
    (tmp_path / "file").write_text("no folder")
    for place, words in ((tmp_path, "is a folder"), (tmp_path / "file" / "out", "cannot be written")):
        status, out, err = cli("eval", tmp_path / "nowhere", tmp_path, "--source", "images", option, place)
        assert (status, out) == (2, "")
        assert f"{option} {place} {words}" in err


def test_without_the_baseline_it_has_no_row(cli, built_map, scene):
    args = ("--source", "7scenes", "--limit", "1", "--warm-up", "0", "--baseline", "none")
    status, out, _ = cli("eval", built_map, scene, *args)
    assert status == 0
    assert "median error" in out
    assert "retrieval alone" not in out


RECORDED = {"source": {"name": "7scenes", "options": {"camera": "525.5", "poses_of": "depth", "images": "/elsewhere"}}}


def test_recorded_options_fill_what_was_not_given():
    found = with_recorded(SourceOptions(), "7scenes", RECORDED)
    assert (found.camera, found.poses_of) == ("525.5", "depth")
    assert found.images == ""  # where the map's images lay says nothing of the queries


def test_given_options_stand():
    assert with_recorded(SourceOptions(camera="600"), "7scenes", RECORDED).camera == "600"


@pytest.mark.parametrize("build", [RECORDED, {}])
def test_another_kind_of_source_takes_nothing_over(build):
    assert with_recorded(SourceOptions(), "tum", build) == SourceOptions()
