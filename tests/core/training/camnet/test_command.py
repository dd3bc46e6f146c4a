"""`reloc train camnet`, `reloc export` and `reloc map encode` as a user types them, on a map alone and on worlds."""

import json
import shlex

import pytest
from support.tiny_world import build_tiny_map

from reloc.cli.main import main
from reloc.maps.attachments import kinds
from reloc.maps.reference_map import ReferenceMap
from reloc.training.camnet import calibration

pytest.importorskip("embreex", reason="embreex is not installed: pip install embreex")

SMALL = shlex.split(
    "--width 0.25 --side 128 --places 2 --views 4 --groups 2 --pool 4 --steps 4 --device cpu --arithmetic float32 "
    "--threads 1 --validate-steps 2"
)


def test_from_a_map_to_a_localizer(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(calibration, "FEWEST", 1)  # four steps teach it nothing
    monkeypatch.setattr(calibration, "MAX_M", 100.0)
    monkeypatch.setattr(calibration, "MAX_DEG", 180.0)
    folder = build_tiny_map(tmp_path, "triangulate", "vlad")
    run = tmp_path / "run"
    words = ["train", "camnet", "--out", str(run), "--maps", str(folder), "--worlds", "0", "--held-out", "0", *SMALL]
    assert main(words) == 0
    assert json.loads((run / "run.json").read_text())["map"] is None
    assert "Errors of each stage" in (run / "report.html").read_text()
    assert main(["train", "--resume", str(run)]) == 0  # nothing is left to do
    assert main(["export", str(run), "--out", str(tmp_path / "small"), "--checkpoint", "last"]) == 0
    assert main(["map", "encode", str(folder), "--model", str(tmp_path / "small")]) == 0
    assert "small-encoder: 12 references encoded" in capsys.readouterr().out
    assert kinds(ReferenceMap.open(folder).manifest) == ("camnet_coarse", "camnet_encoder", "camnet_fine")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--worlds 0", "there is nothing to learn from"),
        ("--maps nowhere.map --worlds 0 --held-out 0", "No map at"),
        ("--side 100", "not a multiple of 32"),
    ],
)
def test_what_cannot_be_done_is_told(tmp_path, capsys, options, says):
    assert main(["train", "camnet", "--out", str(tmp_path / "run"), *shlex.split(options)]) == 2
    assert says in capsys.readouterr().err
