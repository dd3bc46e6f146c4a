"""A kidnap test's file: read as it was written, and refused by name where it is anything else."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from support.hostile import NO_FILE, NO_JSON

from reloc.errors import ConfigError
from reloc.kidnap.episode import Episode, FalseFix
from reloc.kidnap.journal import Journal

SETTINGS = {"seed": 1, "hz": 10.0, "kidnaps": 2, "names": ("a", "b")}
EPISODE = Episode(
    0, "none", "far", "a", "b", (1.0, 2.0, 3.0), True, 1.5, None,
    false=(FalseFix("x", -1.0, None, 2.0, "pose"),), nees=(1.0, math.nan), ms=(3.0,), reasons={"dark": 2},
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    journal = Journal(tmp_path / "test.json", SETTINGS)
    journal.add(EPISODE)
    journal.add(Episode(1, "none", "far", "a", "b", None, False, None, 0.5))
    journal.write(())
    return tmp_path / "test.json"


def test_it_goes_on_from_what_was_written(file: Path) -> None:
    first, second = Journal(file, SETTINGS).in_order()
    assert math.isnan(first.nees[1])
    assert (first.end_xyz, first.false, first.ms, first.reasons) == (
        EPISODE.end_xyz, EPISODE.false, EPISODE.ms, EPISODE.reasons,
    )  # fmt: skip
    assert (second.end_xyz, second.recovered_s, second.noticed_s) == (None, None, 0.5)


@pytest.mark.timeout(20)
@pytest.mark.parametrize("how", [*NO_JSON, *NO_FILE])
def test_what_is_no_journal(file: Path, how: str) -> None:
    {**NO_JSON, **NO_FILE}[how](file)
    if how == "link to itself":  # nothing is there: it is written anew
        return
    with pytest.raises(ConfigError, match=r"test\.json is not a kidnap test"):
        Journal(file, SETTINGS)


@pytest.mark.parametrize(
    "change",
    [
        {"nees": "x"},
        {"nees": ["x"]},
        {"ms": None},
        {"index": "0"},
        {"index": True},
        {"end_xyz": [1, 2]},
        {"end_xyz": [1, 2, "3"]},
        {"false": [{"look": 3}]},
        {"recovered_s": "soon"},
        {"reasons": [1]},
        {"published": 1.5},
    ],
)
def test_episodes_that_do_not_fit(file: Path, change: dict[str, object]) -> None:
    values = json.loads(file.read_text())
    values["episodes"][0].update(change)
    file.write_text(json.dumps(values))
    with pytest.raises(ConfigError, match="not a kidnap test"):
        Journal(file, SETTINGS)
