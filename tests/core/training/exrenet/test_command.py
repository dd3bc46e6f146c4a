"""`reloc train exrenet` and `reloc export` as a user types them."""

import json
import shlex

import pytest

from reloc.cli.main import main

pytest.importorskip("embreex", reason="embreex is not installed: pip install embreex")

SMALL = shlex.split(
    "--width 0.25 --side 64 --worlds 2 --held-out 4 --places 2 --views 4 --groups 1 --pairs 4 --samples 4 "
    "--device cpu --arithmetic float32 --threads 1 --validate-steps 2"
)


def test_a_run_without_a_map(tmp_path, capsys):
    run = tmp_path / "run"
    assert main(["train", "exrenet", "--out", str(run), "--steps", "4", *SMALL]) == 0
    assert json.loads((run / "run.json").read_text())["map"] is None
    assert "reloc export" in capsys.readouterr().out
    page = (run / "report.html").read_text()
    assert "Some of the training pairs" in page
    assert "on the map" not in page
    assert main(["train", "--resume", str(run)]) == 0  # nothing is left to do

    assert main(["export", str(run), "--map", str(tmp_path / "some.map")]) == 2
    assert "was not trained for a map" in capsys.readouterr().err
    assert main(["export", str(run), "--out", str(tmp_path / "small")]) == 2
    assert "were answered; 20 are needed to calibrate" in capsys.readouterr().err
    assert not list(tmp_path.glob("small*"))


@pytest.mark.parametrize(
    ("option", "says"),
    [("--textures=nowhere", "There is no folder of textures nowhere"), ("--side=100", "multiple of 16"),
     ("--variant=huge", "huge")],
)  # fmt: skip
def test_options_that_cannot_be(tmp_path, capsys, option, says):
    try:
        status = main(["train", "exrenet", "--out", str(tmp_path / "run"), *SMALL, option])
    except SystemExit as ended:  # what argparse knows by itself
        status = ended.code
    assert status == 2
    assert says in capsys.readouterr().err
