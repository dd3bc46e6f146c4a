"""What runs for everybody who sends a change: the same script, on every Python that `make setup` accepts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml


@pytest.fixture
def job(root: Path) -> Any:
    return yaml.safe_load((root / ".github" / "workflows" / "ci.yml").read_text())["jobs"]["test"]


def test_every_python_that_set_up_accepts(root: Path, job: Any) -> None:
    supported = re.search(r'^supported="(.+)"$', (root / "tools" / "system_packages.sh").read_text(), re.MULTILINE)
    assert supported is not None
    assert job["strategy"]["matrix"]["python"] == supported[1].split()
    assert job["strategy"]["fail-fast"] is False  # what fails on one Python only must be seen


def test_there_is_time_for_all_of_it(job: Any) -> None:
    """`.ci/run` may take 40 minutes; a job that is stopped before shows no failure, only a time."""
    assert job["timeout-minutes"] >= 60


def test_it_runs_the_script_that_everybody_runs(root: Path, job: Any) -> None:
    assert [step["run"] for step in job["steps"] if "run" in step][-1] == ".ci/run"
    assert (root / ".ci" / "run").stat().st_mode & 0o111
    for step in job["steps"]:
        assert not step.get("continue-on-error")
