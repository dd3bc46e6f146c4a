"""Options and parameters that are no numbers, or none that any machine holds."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from reloc.backends.cache_folder import cache_folder
from reloc.cli.main import main
from reloc.cli.parsing.checks import whole_number
from reloc.cli.parsing.config_options import add_config_options, config_from_args, parse_parameters
from reloc.config import from_mapping, param, validate
from reloc.errors import ConfigError

HUGE = "1" + "0" * 400
ENDLESS = "9" * 5000


@dataclass(frozen=True, slots=True)
class Options:
    scale: float = param(1.0, "how much")
    count: int = param(3, "how many")
    name: str = param("", "which")

    def __post_init__(self) -> None:
        validate(self)


@pytest.mark.parametrize("option", ["--scale", "--count"])
@pytest.mark.parametrize("text", [HUGE, ENDLESS, "nan", "inf", "1_0", "٣", "", "x", "1e999", "²"])
def test_options_that_are_no_numbers(option: str, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    add_config_options(parser, Options)
    with pytest.raises((ConfigError, SystemExit)):
        config_from_args(Options, parser.parse_args([option, text]))
    assert len(capsys.readouterr().err) < 1000


@pytest.mark.parametrize("text", [HUGE, ENDLESS, "nan", "-inf", "1e999"])
@pytest.mark.parametrize("name", ["scale", "count"])
def test_parameters_that_are_no_numbers(name: str, text: str) -> None:
    with pytest.raises(ConfigError, match=name):
        from_mapping(Options, parse_parameters([f"{name}={text}"]))


@pytest.mark.parametrize("value", [10**400, 10**5000, -(10**400), 2**64], ids=["400", "5000", "-400", "64"])
@pytest.mark.parametrize("name", ["scale", "count"])
def test_values_that_fit_nowhere(name: str, value: int) -> None:
    if name == "scale" and value == 2**64:
        assert from_mapping(Options, {name: value}).scale == 2.0**64
        return
    with pytest.raises(ConfigError, match=name) as caught:
        from_mapping(Options, {name: value})
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("value", ["a\0b", "\ud800"])
def test_texts_that_are_no_names(value: str) -> None:
    with pytest.raises(ConfigError, match="NUL or is not UTF-8") as caught:
        from_mapping(Options, {"name": value})
    str(caught.value).encode()


@pytest.mark.parametrize("text", [HUGE, ENDLESS, "0", "-1", "1.0", "٣", "²", "1_0", ""])
def test_counts(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a whole number of 1 or more"):
        whole_number(1)(text)
    assert whole_number(1)("12") == 12


@pytest.mark.parametrize(
    "arguments",
    [
        ["map", "info", "/dev/null"],
        ["map", "info", "x" * 5000],
        ["map", "info", "~nosuchuser/m"],
        ["localize", "m", "/proc/self/mem"],
        ["models", "list", "x" * 5000],
        ["models", "compile", "--batch", ENDLESS],
        ["models", "compile", "--batch", "²"],
        ["kidnap-test", "m", "synth:" + ENDLESS],
        ["map", "build", "x" * 5000, "--source", "images", "--out", "y"],
        ["map", "build", "/", "--source", "tum", "--out", "~nosuchuser/m"],
    ],
)
def test_commands_end_in_a_message(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    try:
        status = main(arguments)
    except SystemExit as stop:
        status = int(stop.code or 0)
    assert status == 2
    assert "error: " in capsys.readouterr().err


def test_names_that_are_no_utf_8_are_printed_escaped(tmp_path: Path) -> None:
    photo = os.fsencode(str(tmp_path)) + b"/caf\xe9.png"
    with open(photo, "wb") as stream:
        stream.write(b"x")
    done = subprocess.run(
        [sys.executable, "-m", "reloc.cli.main", "map", "build", str(tmp_path), "--source", "images", "--out", "x"],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONUTF8": "1"}, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 2
    assert "is not UTF-8: rename it" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["map", "keygen", "~nosuchuser/key"],
        ["map", "sign", "~nosuchuser/a.map", "--key", "KEY"],
        ["map", "sign", "LOOP", "--key", "KEY"],
        ["map", "sign", "a.map", "--key", "~nosuchuser/key"],
        ["map", "verify", "~nosuchuser/a.map", "--public-key", "KEY.pub"],
        ["map", "verify", "a.map", "--public-key", "~nosuchuser/key.pub"],
        ["map", "info", "~nosuchuser/a.map"],
        ["models", "verify", "~nosuchuser/model"],
        ["models", "bench", "LOOP"],
        ["models", "verify", "x" * 5000],
    ],
    ids=lambda words: " ".join(words)[:40],
)
def test_paths_that_lead_nowhere_are_named(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("LOOP").symlink_to("LOOP")
    assert main(["map", "keygen", "KEY"]) == 0
    capsys.readouterr()
    assert main(words) == 2
    message = capsys.readouterr().err
    assert message.startswith("reloc: error: ")
    assert message.count("\n") == 1


@pytest.mark.parametrize("cache", ["~nosuchuser/engines", "a\0b", "x" * 5000])
def test_a_cache_that_is_no_folder_is_named(cache: str) -> None:
    with pytest.raises(ConfigError, match="The parameter cache"):
        cache_folder(cache)
