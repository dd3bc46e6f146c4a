"""What `make setup` says of a system that lacks something: all at once, in one line that can be copied."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

ALWAYS = ("bash", "dirname", "id")


class System:
    """A system whose commands are the files of one folder."""

    def __init__(self, root: Path, tmp_path: Path) -> None:
        self._checkout, self.commands = tmp_path / "checkout", tmp_path / "bin"
        shutil.copytree(root / "tools", self._checkout / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        self.commands.mkdir()
        for name in ALWAYS:
            found = shutil.which(name)
            assert found is not None
            (self.commands / name).symlink_to(found)
        self.has("apt-get")

    def has(self, name: str, script: str = "exit 0") -> None:
        """Install a command."""
        (self.commands / name).write_text(f"#!{shutil.which('sh')}\n{script}\n")
        (self.commands / name).chmod(0o755)

    def has_python(self, name: str, version: str, parts: Iterable[str] = ("venv", "Python.h", "libX11")) -> None:
        """Install an interpreter that answers the questions of the set-up, and that would succeed to set up."""
        cases = "".join(f"*{part}*) exit {int(part not in parts)};; " for part in ("venv", "Python.h", "libX11"))
        self.has(name, f'case "$*" in *setup_env.py*) echo set up;; *version_info*) echo {version};; {cases}esac')

    def set_up(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run setup.sh."""
        command = ["bash", str(self._checkout / "tools" / "setup.sh"), *arguments]
        environment = {"PATH": str(self.commands), **variables}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def system(root: Path, tmp_path: Path) -> System:
    return System(root, tmp_path)


def with_compiler(system: System) -> System:
    for name in ("gcc", "g++", "make"):
        system.has(name)
    return system


def line_of(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The packages of the one line."""
    assert done.returncode == 1, done.stdout
    (line,) = (text for text in done.stderr.splitlines() if "apt install" in text)
    return line.partition("apt install -y ")[2].split()


def test_a_bare_system_gets_one_line_with_all(system: System) -> None:
    assert {"python3", "python3-venv", "python3-dev", "g++", "make"} <= set(line_of(system.set_up()))


def test_what_debian_splits_off_python_is_asked_for(system: System) -> None:
    with_compiler(system).has_python("python3", "3.11", parts=())
    packages = line_of(system.set_up())
    assert [p.rpartition("-")[2] for p in packages] == ["venv", "dev", "6"]
    assert packages[-1] == "libx11-6"


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_a_supported_python_is_taken(system: System, version: str) -> None:
    with_compiler(system).has_python("python3", version)
    done = system.set_up("--demo")
    assert (done.returncode, done.stdout) == (0, "set up\n"), done.stderr


@pytest.mark.parametrize("version", ["2.7", "3.9", "3.10", "3.14", "4.0"])
def test_another_version_is_named_and_a_way_out_is_shown(system: System, version: str) -> None:
    with_compiler(system).has_python("python3", version)
    system.has("apt-cache", 'case "$2" in python3.11-venv) exit 0;; *) exit 100;; esac')
    done = system.set_up()
    assert f"python3 is Python {version}" in done.stderr
    assert "make setup PYTHON=/path/to/python" in done.stderr
    assert line_of(done)[:3] == ["python3.11", "python3.11-venv", "python3.11-dev"]


def test_a_python_that_was_named_and_does_not_run_is_no_matter_of_packages(system: System) -> None:
    with_compiler(system).has_python("python3", "3.12")
    done = system.set_up(PYTHON="/nowhere/python3.12")
    assert done.returncode == 1
    assert "PYTHON=/nowhere/python3.12 is no Python that runs" in done.stderr
    assert "python3-venv" not in done.stderr


def test_a_command_that_is_a_stub_gives_way_to_one_that_runs(system: System) -> None:
    with_compiler(system).has("python3", "exit 1")
    system.has_python("python3.12", "3.12")
    assert system.set_up().stdout == "set up\n"


def test_only_the_demo_insists_on_its_library(system: System) -> None:
    with_compiler(system).has_python("python3", "3.12", parts=("venv", "Python.h"))
    done = system.set_up()
    assert done.returncode == 0
    assert "apt install -y libx11-6" in done.stdout
    assert line_of(system.set_up("--demo")) == ["libx11-6"]


def test_without_apt_the_needs_are_named(system: System) -> None:
    (system.commands / "apt-get").unlink()
    done = system.set_up()
    assert done.returncode == 1
    assert "apt install" not in done.stderr
    assert "g++" in done.stderr
