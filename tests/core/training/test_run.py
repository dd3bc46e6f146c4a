"""``run.json`` and ``log.jsonl`` that are wrong: named errors."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from support.hostile import NO_FILE, NO_JSON

from reloc.errors import TrainingError
from reloc.training import logs
from reloc.training.run import TrainingRun

ABOUT = {"task": "posenet", "config": {}, "training": {}, "map": {"path": "m", "hash": "00"}, "commands": [["reloc"]]}


@pytest.fixture
def run(tmp_path: Path) -> Path:
    TrainingRun.create(tmp_path / "run", {**ABOUT, "loss": math.nan})  # Python writes NaN where no one forbids it
    return tmp_path / "run"


def test_what_was_written_is_read(run: Path) -> None:
    opened = TrainingRun.open(run)
    assert {name: opened.told(name) for name in ABOUT} == ABOUT
    assert math.isnan(opened.about["loss"])
    with pytest.raises(TrainingError, match=r"run\.json lacks the field 'steps'"):
        opened.told("steps")


@pytest.mark.timeout(20)
@pytest.mark.parametrize("how", [*NO_JSON, *NO_FILE])
def test_what_is_no_run(run: Path, how: str) -> None:
    {**NO_JSON, **NO_FILE}[how](run / "run.json")
    with pytest.raises(TrainingError, match=r"run\.json|no training run"):
        TrainingRun.open(run)


@pytest.mark.parametrize(
    "change",
    [{"task": 3}, {"config": []}, {"training": "x"}, {"map": "m"}, {"map": {"path": 3, "hash": ""}}, {"map": {}},
     {"commands": [3]}, {"commands": {}}, {"best": 1}, {"pictures": [1]}, {"format": 9}],
)  # fmt: skip
def test_fields_that_do_not_fit(run: Path, change: dict[str, object]) -> None:
    values = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps({**values, **change}))
    with pytest.raises(TrainingError, match=next(iter(change))):
        TrainingRun.open(run)


def test_a_user_that_does_not_exist() -> None:
    with pytest.raises(TrainingError, match="no such user"):
        TrainingRun.open(Path("~nosuchuser/run"))


@pytest.mark.timeout(20)
@pytest.mark.parametrize("how", [h for h in NO_FILE if h != "link to itself"])
def test_what_is_no_log(tmp_path: Path, how: str) -> None:
    (tmp_path / "log.jsonl").write_text("{}")
    NO_FILE[how](tmp_path / "log.jsonl")
    with pytest.raises(TrainingError, match=r"log\.jsonl"):
        logs.read(tmp_path / "log.jsonl")


@pytest.mark.parametrize("line", ["[" * 100_000, "{", "3", '{"step": "x"}', '{"step": 1' + "0" * 5000 + "}", "{}"])
def test_a_line_that_is_no_entry_ends_the_log(tmp_path: Path, line: str) -> None:
    (tmp_path / "log.jsonl").write_text('{"step": 1, "loss": NaN}\n' + line + '\n{"step": 2}\n')
    (entry,) = logs.read(tmp_path / "log.jsonl")
    assert entry["step"] == 1
