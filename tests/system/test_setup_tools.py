"""The tools of `make setup`: steps are done once, again when their inputs change, and say why they fail."""

from __future__ import annotations

import runpy
import subprocess
import sys
import sysconfig
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture
def step(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "tools"))
    import step

    return step


def test_a_step_runs_once_until_its_inputs_change(step: ModuleType, tmp_path: Path) -> None:
    done: list[str] = []
    for inputs in ("one", "one", "two", "two"):
        step.Steps(tmp_path).run("a step", inputs, lambda inputs=inputs: done.append(inputs))
    assert done == ["one", "two"]


def test_a_failed_step_shows_the_output_and_runs_again(
    step: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = step.Steps(tmp_path)
    command = [sys.executable, "-c", "print('no space left'); raise SystemExit(3)"]
    for _ in range(2):
        with pytest.raises(SystemExit):
            steps.run("a step", "same", lambda: steps.command(command))
        assert "no space left" in capsys.readouterr().out
    assert steps.ran == 0


def test_a_warning_is_no_failure(step: ModuleType, tmp_path: Path) -> None:
    step.Steps(tmp_path).command([sys.executable, "-c", "import sys; print('WARNING: old', file=sys.stderr)"])
    assert "WARNING: old" in (tmp_path / "setup.log").read_text()


def test_the_fingerprint_is_of_names_and_contents(step: ModuleType, tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text("1")
    before = step.fingerprint(*step.files(tmp_path))
    for cache in ("__pycache__", ".mypy_cache", "reloc.egg-info"):
        (tmp_path / cache).mkdir()
        (tmp_path / cache / "x").write_text("")
    assert step.fingerprint(*step.files(tmp_path)) == before
    file.write_text("2")
    changed = step.fingerprint(*step.files(tmp_path))
    file.rename(tmp_path / "b.txt")
    assert len({before, changed, step.fingerprint(*step.files(tmp_path))}) == 3


def test_the_wheels_cmake_files_are_mended(root: Path, tmp_path: Path) -> None:
    patch = runpy.run_path(str(root / "tools" / "cmake_paths.py"))["patch"]
    folder = tmp_path / "share" / "some_msgs" / "cmake"
    folder.mkdir(parents=True)
    python = "/opt/python/cp312-cp312/include/python3.12"
    numpy = "/opt/python/cp312-cp312/lib/python3.12/site-packages/numpy/_core/include"
    (folder / "export.cmake").write_text(f'INCLUDES "{numpy};{python};/usr/include"')
    assert patch(tmp_path) == 1
    assert patch(tmp_path) == 0
    here = sysconfig.get_paths()["include"]
    assert (folder / "export.cmake").read_text() == f'INCLUDES "{np.get_include()};{here};/usr/include"'


def test_an_unfit_python_is_refused_with_advice(root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "tools"
    copy.mkdir()
    (copy / "setup.sh").write_text((root / "tools" / "setup.sh").read_text())
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["bash", copy / "setup.sh"], env={"PATH": "/usr/bin:/bin", "PYTHON": str(old)}, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "no Python 3.11 or 3.12" in done.stderr


def test_every_requirement_is_pinned_and_agrees_with_the_constraints(root: Path) -> None:
    def pins(name: str) -> dict[str, str]:
        lines = (root / "requirements" / name).read_text().splitlines()
        found = (line.split("==") for line in lines if line and not line.startswith("#"))
        return {name.split("[")[0].lower().replace("_", "-"): version for name, version in found}

    constraints = pins("constraints.txt")
    for name in ("base.txt", "ros.txt", "runtime.txt", "dev.txt"):
        for package, version in pins(name).items():
            assert constraints[package] == version, package
