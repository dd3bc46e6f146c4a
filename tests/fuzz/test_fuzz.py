"""A few hundred broken inputs for every reader; and the fuzzer itself finds what is planted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fuzz.found import all_targets

TESTS = Path(__file__).resolve().parents[1]
PLANTED = {
    "raises": "traceback", "hangs": "hang", "crashes": "died", "swells": "memory", "asks": "traceback", "leaks": "leak",
    "deletes": "outside", "writes": "outside", "refuses": "refused_seed",
}  # fmt: skip


def fuzz(out: Path, *arguments: str) -> tuple[int, dict[str, dict], str]:
    """Exit status, the table by target, and what was printed."""
    table = out / "table.json"
    command = [sys.executable, "-m", "fuzz", "--seed", "1", "--jobs", "2", "--out", str(out), "--json", str(table)]
    done = subprocess.run(
        [*command, *arguments],
        env={**os.environ, "PYTHONPATH": str(TESTS)},
        capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert table.exists(), done.stdout + done.stderr
    return done.returncode, {row["target"]: row for row in json.loads(table.read_text())}, done.stdout


@pytest.fixture(scope="module")
def readers(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, dict], Path]:
    """All targets, run once."""
    out = tmp_path_factory.mktemp("fuzz")
    return fuzz(out, "--inputs", "200", "--most-s", "1.2")[1], out


@pytest.mark.parametrize("name", list(all_targets()[0]))
def test_only_named_errors_come_out(readers, name):
    rows, out = readers
    row = rows[name]
    texts = [(out / kind).with_suffix(".txt").read_text()[-1500:] for kind in row["kinds"]]
    assert row["finds"] == 0, "\n\n".join(texts)
    assert row["accepted"] > 0  # its first seed at least


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, dict], Path, int]:
    """All planted readers, run once."""
    out = tmp_path_factory.mktemp("planted")
    rows: dict[str, dict] = {}
    common = ("--package", "fuzz.planted", "--hang-s", "0.5")
    for names, inputs in ((["leaks", "good"], "1000"), ([n for n in PLANTED if n != "leaks"], "6")):
        status, found, _ = fuzz(out, *common, "--inputs", inputs, *(w for n in names for w in ("--target", n)))
        rows |= found
    return rows, out, status


@pytest.mark.parametrize(("name", "kind"), PLANTED.items())
def test_what_is_planted_is_found(planted, name, kind):
    rows, _, _ = planted
    assert rows[name]["finds"] > 0
    assert {file.split("-")[1] for file in rows[name]["kinds"]} == {kind}


def test_a_good_reader_has_no_finds(planted):
    rows, _, _ = planted
    good = rows["good"]
    assert good["finds"] == 0
    assert good["refused"] > 100
    assert good["accepted"] > 100


def test_finds_make_the_exit_status_and_can_be_shown_again(planted):
    rows, out, status = planted
    assert status == 1
    file = out / rows["raises"]["kinds"][0]
    assert f"make fuzz REPLAY={file}" in file.with_suffix(".txt").read_text()
    command = [sys.executable, "-m", "fuzz", "--package", "fuzz.planted", "--replay", str(file)]
    again = subprocess.run(command, env={**os.environ, "PYTHONPATH": str(TESTS)}, capture_output=True, text=True)
    assert "KeyError" in again.stderr


def test_the_same_seed_makes_the_same_inputs(tmp_path):
    rows = [fuzz(tmp_path, "--target", "manifest", "--inputs", "400")[1]["manifest"] for _ in range(2)]
    counts = [{key: row[key] for key in ("inputs", "refused", "accepted", "finds")} for row in rows]
    assert counts[0] == counts[1]
