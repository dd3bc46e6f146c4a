"""An option, a command, a method, a parameter or a path that does not exist: one message that names it and the fix."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.tiny_world import small_map

from reloc.cli import main


def ended(arguments: list[str]) -> int:
    try:
        return main.main(arguments)
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["localize", "--loclizer", "features"], "unknown option --loclizer. Did you mean '--localizer'?"),
        (["localize", "MAP", "a.jpg", "--no-calibrate"], "unknown option --no-calibrate. Did you mean '--no-calib"),
        (["map", "build", "--sorce=7scenes", "X", "--out", "Y"], "unknown option --sorce. Did you mean '--source'?"),
        (["map", "--hlep"], "unknown option --hlep. Did you mean '--help'?"),
        (["--versoin"], "unknown option --versoin. Did you mean '--version'?"),
        (["kidnap-test", "--kidnap", "3", "--kidnps", "3"], "unknown option --kidnps. Did you mean '--kidnaps'?"),
        (["eval", "--zzz"], "unknown option --zzz\n"),
        (["localise"], "invalid choice: 'localise'. Did you mean 'localize'? There are: "),
        (["models", "lst"], "invalid choice: 'lst'. Did you mean 'list'? There are: "),
        (["eval", "MAP", "Q", "--source", "images", "--split", "tets"], "invalid choice: 'tets'. Did you mean 'test'?"),
    ],
)
def test_the_nearest_option_or_choice_is_offered(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(arguments) == 2
    error = capsys.readouterr().err
    assert says in error
    assert "Traceback" not in error


def test_beginnings_and_values_are_no_unknown_options(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """argparse takes the beginning of an option, a value with two dashes after `=`, and anything after `--`."""
    nowhere = str(tmp_path / "nowhere")
    for more in (["--local", "features"], ["--param=--x=1"], ["--", "--photo.jpg"]):
        assert ended(["localize", nowhere, *([] if more[0] == "--" else ["a.jpg"]), *more]) == 2
        assert "unknown option" not in capsys.readouterr().err


def test_a_map_that_does_not_exist_is_one_line_from_the_command(tmp_path: Path) -> None:
    nowhere = tmp_path / "nowhere"
    command = [sys.executable, "-m", "reloc.cli.main", "localize", str(nowhere), "a.jpg"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    line = done.stderr.rstrip("\n")
    assert "\n" not in line
    assert str(nowhere) in line
    assert "reloc map build" in line


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--localizer", "featurs"], "Did you mean 'features'?"),
        (["--param", "candidats=3"], "Did you mean 'candidates'?"),
        (["--localizer", "exrenet+features", "--param", "features.max_ration=0.5"], "'features.max_ration'. Did you"),
    ],
)
def test_an_unknown_method_or_parameter_is_one_line(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ended(["localize", str(small_map()), "a.jpg", *arguments]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1
