"""The tools of `make setup`: steps are done once, again when their inputs change, and say why they fail."""

from __future__ import annotations

import hashlib
import os
import re
import runpy
import subprocess
import sys
import sysconfig
import zipfile
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


def test_every_requirement_is_pinned_and_agrees_with_the_constraints(root: Path) -> None:
    def pins(name: str) -> dict[str, str]:
        lines = (root / "requirements" / name).read_text().splitlines()
        wanted = [re.split(r"[;#]", line)[0].strip() for line in lines]  # without the machine it is for, and remarks
        found = (line.split("==") for line in wanted if line)
        return {name.split("[")[0].lower().replace("_", "-"): version for name, version in found}

    constraints = pins("constraints.txt")
    for name in ("base.txt", "ros.txt", "runtime.txt", "view.txt", "dev.txt"):
        for package, version in pins(name).items():
            assert constraints[package] == version, package


@pytest.mark.parametrize("group", ["base", "ros", "runtime", "view", "dev"])
def test_every_requirement_is_locked(root: Path, group: str) -> None:
    """What stands in a group's list and not in its lock is never installed: `python tools/lock.py` was forgotten."""
    lines = (root / "requirements" / f"{group}.txt").read_text().splitlines()
    wanted = (re.split(r"[;#\[]|==", line)[0].strip() for line in lines)
    locked = re.findall(r"^([A-Za-z0-9._-]+)==", (root / "requirements" / f"{group}.lock").read_text(), re.MULTILINE)
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in locked}
    assert {re.sub(r"[-_.]+", "-", name).lower() for name in wanted if name} <= names


class TestTrainingTools:
    """With pip itself, in an environment of its own, from a folder of wheels that are the least a wheel can be."""

    @pytest.fixture
    def tools(self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        for name in ("setup_training", "setup_env", "step"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.syspath_prepend(str(root / "tools"))
        import setup_training

        subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
        python = tmp_path / "venv" / "bin" / "python"
        wheels = tmp_path / "wheels"
        wheels.mkdir()
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
        monkeypatch.setattr(setup_training, "PIP", (*pip, "--no-index", "--find-links", wheels))
        monkeypatch.setattr(setup_training, "PYTHON", python)
        for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_CONFIG_FILE"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        return setup_training

    def offer(self, tools: ModuleType, tmp_path: Path, name: str, version: str) -> None:
        with zipfile.ZipFile(tmp_path / "wheels" / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
            info = f"{name}-{version}.dist-info"
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")

    def offer_rest(self, tools: ModuleType, tmp_path: Path) -> None:
        for line in tools.WANTED.read_text().splitlines():
            name, equals, version = line.partition("==")
            if equals and name != "torch":
                self.offer(tools, tmp_path, name, version)

    def test_only_the_build_for_cpus_is_taken(
        self, tools: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.offer_rest(tools, tmp_path)
        self.offer(tools, tmp_path, "torch", tools.version())  # as on PyPI: with CUDA
        steps = sys.modules["step"].Steps(tmp_path)
        tools.install_if_offered(steps, tmp_path)
        assert tools.installed() == ""
        assert "make train-setup" in capsys.readouterr().out
        self.offer(tools, tmp_path, "torch", f"{tools.version()}+cpu")
        tools.install_if_offered(steps, tmp_path)  # the outcome is remembered
        assert tools.installed() == ""
        assert "tests of training are skipped" in capsys.readouterr().out
        assert steps.ran == 1

    def test_it_is_installed_once_where_it_is_offered(
        self, tools: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.offer_rest(tools, tmp_path)
        self.offer(tools, tmp_path, "torch", tools.version())
        self.offer(tools, tmp_path, "torch", f"{tools.version()}+cpu")
        steps = sys.modules["step"].Steps(tmp_path)
        for _ in range(2):
            tools.install_if_offered(steps, tmp_path)
        assert tools.installed() == f"{tools.version()}+cpu"
        assert steps.ran == 1
        assert "skipped" not in capsys.readouterr().out

    def test_other_settings_of_pip_are_tried(
        self, tools: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        steps = sys.modules["step"].Steps(tmp_path)
        tools.install_if_offered(steps, tmp_path)
        self.offer_rest(tools, tmp_path)
        self.offer(tools, tmp_path, "torch", f"{tools.version()}+cpu")
        monkeypatch.setenv("PIP_DEFAULT_TIMEOUT", "7")
        tools.install_if_offered(steps, tmp_path)
        assert tools.installed() == f"{tools.version()}+cpu"
        assert not tools.marker(tmp_path).exists()

    def test_a_torch_that_is_there_stays(self, tools: ModuleType, tmp_path: Path) -> None:
        self.offer(tools, tmp_path, "torch", tools.version())
        subprocess.run([*tools.PIP, f"torch=={tools.version()}"], check=True)
        self.offer_rest(tools, tmp_path)
        self.offer(tools, tmp_path, "torch", f"{tools.version()}+cpu")
        tools.install_if_offered(sys.modules["step"].Steps(tmp_path), tmp_path)
        assert tools.installed() == tools.version()


GROUPS = ("base", "ros", "runtime", "dev")


def locked(root: Path, group: str) -> dict[str, tuple[str, list[str]]]:
    """Version and hashes by package."""
    text = (root / "requirements" / f"{group}.lock").read_text().replace("\\\n", " ")
    entries = re.findall(
        r"^([a-z0-9-]+)==(\S+)(?: ; [^-]*)?((?:\s+--hash=sha256:[0-9a-f]{64})+)\s*$", text, re.MULTILINE
    )
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert len(entries) == len(lines), "a line that pip would read in another way"
    return {name: (version, hashes.split()) for name, version, hashes in entries}


@pytest.mark.parametrize("group", GROUPS)
def test_every_requirement_is_locked_with_hashes_in_the_version_that_is_asked_for(root: Path, group: str) -> None:
    entries = locked(root, group)
    lines = (root / "requirements" / f"{group}.txt").read_text().splitlines()
    for line in (re.split(r"[;#]", line)[0].strip() for line in lines):
        if line:
            name, version = line.split("==")
            key = re.sub(r"[-_.]+", "-", name.split("[")[0]).lower()
            assert entries[key][0] == version, "run tools/lock.py"
    constraints = dict(
        line.lower().split("==") for line in (root / "requirements" / "constraints.txt").read_text().splitlines()
        if "==" in line
    )  # fmt: skip
    for name, (version, hashes) in entries.items():
        assert hashes
        assert constraints.get(name, version) == version, f"{name}: run tools/lock.py"


def test_what_is_installed_together_is_locked_in_one_version(root: Path) -> None:
    versions: dict[str, set[str]] = {}
    for group in GROUPS:
        for name, (version, _) in locked(root, group).items():
            versions.setdefault(name, set()).add(version)
    assert {name: found for name, found in versions.items() if len(found) > 1} == {}


def test_a_wheel_that_was_exchanged_is_refused(tmp_path: Path) -> None:
    """By pip itself, with the options of the set-up."""
    wheel = tmp_path / "small-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("small-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: small\nVersion: 1.0\n")
        archive.writestr("small-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("small-1.0.dist-info/RECORD", "")
    right = hashlib.sha256(wheel.read_bytes()).hexdigest()
    for sha256, status in ((right, 0), ("0" * 64, 1)):
        lock = tmp_path / "one.lock"
        lock.write_text(f"small==1.0 \\\n    --hash=sha256:{sha256}\n")
        command = [sys.executable, "-m", "pip", "install", "--dry-run", "--no-deps", "--require-hashes", "-r", lock]
        command += ["--no-index", "--find-links", tmp_path]
        done = subprocess.run(
            command, capture_output=True, text=True, env=os.environ | {"PIP_CONFIG_FILE": "/dev/null"}
        )
        assert (done.returncode, "DO NOT MATCH" in done.stderr) == (status, status == 1), done.stderr


def test_no_licence_is_unknown(root: Path) -> None:
    done = subprocess.run([sys.executable, root / "tools" / "licences.py"], capture_output=True, text=True)
    assert done.returncode == 0, [line for line in done.stdout.splitlines() if "UNKNOWN" in line]
    assert re.search(r"^numpy +\S", done.stdout, re.MULTILINE)
