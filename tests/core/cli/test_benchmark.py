"""`reloc benchmark` on a small scene: both kinds of true poses, methods that cannot run, going on, other settings."""

from __future__ import annotations

import json

import numpy as np
import pytest
from support import standard_scenes as scenes

from reloc.cli.main import main
from reloc.errors import PluginError
from reloc.evaluation.standard import measuring
from reloc.geometry import transforms

FEW = ["--localizer", "features", "posenet", "--map-every", "2", "--param", "candidates=6"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("benchmark") / "7scenes"
    scenes.seven_scenes(path / "chess")
    scenes.pose_files(
        path / "pgt" / "sfm" / "7scenes", "chess", "seq-{:02d}/", transforms.make(np.eye(3), [1, 2, 3]), 280
    )
    return path


@pytest.fixture(scope="module")
def out(folder):
    """A first run, with two of three queries."""
    path = folder.parent / "out"
    assert main(["benchmark", "7scenes", str(folder), "--out", str(path), *FEW]) == 0
    return path


def results(out):
    return json.loads((out / "results.json").read_text())


def test_both_kinds_of_true_poses_are_measured(out):
    for truth in ("official", "sfm"):
        found = results(out)["scenes"]["chess"][truth]
        assert (found["references"], found["queries"]) == (6, 3)
        queries = found["methods"]["features"]["queries"]
        answered = [q for q in queries.values() if "m" in q]
        assert len(queries) == 3
        assert len(answered) >= 2
        assert all(q["m"] < 0.05 and q["deg"] < 1.0 for q in answered)
        assert all(q["ms"] > 0 for q in queries.values())
    assert (out / "maps" / "chess-official-2.map" / "map.json").is_file()


def test_a_method_that_cannot_run_has_the_reason_and_stops_nobody(out):
    method = results(out)["scenes"]["chess"]["official"]["methods"]["posenet"]
    assert method["queries"] == {}
    assert method["cannot"]
    page = (out / "page.html").read_text().replace("<wbr>", "")
    assert "Poses by structure from motion" in page
    assert method["cannot"][:20] in page.replace("&#39;", "'").replace("&#34;", '"')
    assert "<script" not in page


def test_the_same_command_goes_on_where_it_stopped(folder, out, capsys, monkeypatch):
    file = out / "results.json"
    values = results(out)
    queries = values["scenes"]["chess"]["official"]["methods"]["features"]["queries"]
    gone = sorted(queries)[1]
    del queries[gone]
    file.write_text(json.dumps(values))
    asked = []
    answer = measuring.answer_frame
    monkeypatch.setattr(measuring, "answer_frame", lambda f, frame, c: asked.append(frame.name) or answer(f, frame, c))
    assert main(["benchmark", "7scenes", str(folder), "--out", str(out), *FEW]) == 0
    assert asked == [gone]
    printed = capsys.readouterr().out
    assert "7-Scenes, official poses: median error" in printed
    assert "within 5 cm, 5 deg" in printed
    assert "Not the whole splits" in printed


def test_other_settings_do_not_mix(folder, out, capsys):
    assert main(["benchmark", "7scenes", str(folder), "--out", str(out), *FEW, "--every", "2"]) == 2
    assert "measured with other settings: every" in capsys.readouterr().err


def test_a_file_of_another_kind_stays(folder, tmp_path, capsys):
    (tmp_path / "results.json").write_text("[]")
    assert main(["benchmark", "7scenes", str(folder), "--out", str(tmp_path), *FEW]) == 2
    assert "results.json" in capsys.readouterr().err
    assert (tmp_path / "results.json").read_text() == "[]"


def test_a_wrong_name_is_told_before_anything_is_made(folder, tmp_path, capsys):
    assert main(["benchmark", "7scenes", str(folder), "--out", str(tmp_path / "o"), "--localizer", "feature"]) == 2
    assert "feature" in capsys.readouterr().err
    assert main(["benchmark", "7scenes", str(folder), "--out", str(tmp_path / "o"), "--scenes", "ches"]) == 2
    assert "There are: chess" in capsys.readouterr().err
    assert not (tmp_path / "o" / "maps").exists()


def test_an_unknown_data_set_is_refused(folder):
    with pytest.raises((SystemExit, PluginError)):
        main(["benchmark", "8scenes", str(folder)])
