"""`reloc train pnlp` and `reloc export` as a user types them."""

import json
import shlex

import pytest

from reloc.cli.main import main
from reloc.maps.attachments import kinds
from reloc.maps.manifest import Manifest
from reloc.training.pnlp import calibration

pytest.importorskip("embreex", reason="embreex is not installed: pip install embreex")

SMALL = shlex.split(
    "--width 0.25 --side 64 --worlds 2 --held-out 6 --places 1 --views 6 --groups 1 --pairs 4 --clusters 4 --pca 4 "
    "--device cpu --arithmetic float32 --threads 1 --validate-steps 40"
)


def test_from_a_run_to_a_map_that_holds_depth(tmp_path, capsys, monkeypatch, tiny_map):
    run, model = tmp_path / "run", tmp_path / "tiny"
    assert main(["train", "pnlp", "--out", str(run), "--steps", "80", "--rate", "3e-3", *SMALL]) == 0
    assert json.loads((run / "run.json").read_text())["map"] is None
    assert "true depth, and predicted depth" in (run / "report.html").read_text()
    monkeypatch.setattr(calibration, "FEWEST", 1)  # eighty steps answer few
    assert main(["export", str(run), "--out", str(model)]) == 0
    assert "poses of" in (model / "README.md").read_text()

    assert main(["map", "encode", str(tiny_map), "--model", str(model)]) == 0
    assert "pnlp" in kinds(Manifest.load(tiny_map))
    assert "12 references encoded" in capsys.readouterr().out


def test_a_map_teaches_by_its_views(tmp_path, tiny_map):
    """It has no landmarks: there is nothing but pictures and poses."""
    run = tmp_path / "run"
    options = ["--maps", str(tiny_map), "--map-share", "1", "--supervision", "views", "--variant", "recurrent"]
    assert main(["train", "pnlp", "--out", str(run), "--steps", "2", *SMALL, *options]) == 0
    lines = [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]
    assert any("score" in line for line in lines)


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("--textures=nowhere", "There is no folder of textures nowhere"),
        ("--side=100", "multiple of 16"),
        ("--variant=huge", "huge"),
        ("--maps=nowhere.map", "nowhere.map"),
        ("--supervision=stereo", "stereo"),
    ],
)
def test_options_that_cannot_be(tmp_path, capsys, option, says):
    try:
        status = main(["train", "pnlp", "--out", str(tmp_path / "run"), *SMALL, option])
    except SystemExit as ended:  # what argparse knows by itself
        status = ended.code
    assert status == 2
    assert says in capsys.readouterr().err


def test_a_map_without_depth_is_named(tmp_path, capsys, tiny_map):
    assert main(["train", "pnlp", "--out", str(tmp_path / "run"), *SMALL, "--maps", str(tiny_map)]) == 2
    assert "--landmarks depth" in capsys.readouterr().err
