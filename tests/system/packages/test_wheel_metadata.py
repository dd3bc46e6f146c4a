"""The ranges of pyproject.toml hold what is tested; its packages and data are those of ROS's setup files."""

from __future__ import annotations

import re
import runpy
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import setuptools
from packaging.requirements import Requirement

NOT_TESTED = ("tensorrt", "cuda-python", "viser")  # no test machine has a GPU; the viewer is not everybody's


@pytest.fixture
def metadata(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text())


def ranges(metadata: dict[str, Any]) -> list[Requirement]:
    """Return all requirements of the wheel and of its extras."""
    project = metadata["project"]
    extras = [text for extra in project["optional-dependencies"].values() for text in extra]
    return [Requirement(text) for text in (*project["dependencies"], *extras)]


def pins(file: Path) -> dict[str, str]:
    """Return the exact versions of a file by name."""
    return {
        name.lower(): version for name, version in re.findall(r"^([\w-]+)==(\S+?);?(?:\s|$)", file.read_text(), re.M)
    }


def test_every_range_is_bounded_and_holds_the_tested_version(root: Path, metadata: dict[str, Any]) -> None:
    tested = pins(root / "requirements" / "constraints.txt")
    for requirement in ranges(metadata):
        assert {">=", "<"} <= {part.operator for part in requirement.specifier}, requirement
        if requirement.name in tested or requirement.name not in NOT_TESTED:
            assert tested[requirement.name] in requirement.specifier, requirement


def test_it_can_be_installed_beside_an_apt_ros(root: Path, metadata: dict[str, Any]) -> None:
    """Versions that `make check STEPS=beside-ros` tests; matplotlib is in a range there."""
    files = ("noble.txt", "with_apt_ros.txt")
    tested = {name: version for file in files for name, version in pins(root / "requirements" / file).items()}
    for requirement in ranges(metadata):
        assert requirement.name not in tested or tested[requirement.name] in requirement.specifier, requirement


def test_an_extra_is_what_requirements_install_for_it(root: Path, metadata: dict[str, Any]) -> None:
    extras = {k: {Requirement(t).name for t in v} for k, v in metadata["project"]["optional-dependencies"].items()}
    assert extras["train"] >= set(pins(root / "requirements" / "training.txt"))
    assert {"node", "train", "view", "gpu", "build", "networks"} <= set(extras)


def test_every_file_of_the_packages_is_in_the_wheel(root: Path, metadata: dict[str, Any]) -> None:
    """The same as `make check STEPS=wheel` finds, without building."""
    patterns = [p for found in metadata["tool"]["setuptools"]["package-data"].values() for p in found]
    for name in ("reloc", "reloc_node"):
        folder = root / "ros2_ws" / "src" / name / name
        data = [f for f in folder.rglob("*") if f.is_file() and f.suffix not in (".py", ".pyc")]
        packages = [p.parent for p in folder.rglob("__init__.py")]
        for file in data:
            owner = next(p for p in (file.parent, *file.parents) if p in packages)
            inside = file.relative_to(owner).as_posix()
            assert any(fnmatch(inside, pattern) for pattern in patterns), f"add {inside} to package-data"


def test_requirements_of_the_docs_are_all_pinned(root: Path) -> None:
    lines = [line for line in (root / "requirements" / "docs.txt").read_text().splitlines() if not line.startswith("#")]
    ours = {re.sub(r"[-_.]+", "-", Requirement(line).name).lower(): line for line in lines}
    assert all("==" in line for line in ours.values())
    tested = {name.replace("_", "-"): v for name, v in pins(root / "requirements" / "constraints.txt").items()}
    assert {n: line for n, line in ours.items() if n in tested and not line.endswith(f"=={tested[n]}")} == {}


@pytest.mark.parametrize("name", ["reloc", "reloc_node"])
def test_ros_packages_and_the_wheel_agree(root: Path, metadata: dict[str, Any], name: str, monkeypatch) -> None:
    said: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, "setup", lambda **given: said.update(given))
    monkeypatch.chdir(root / "ros2_ws" / "src" / name)
    monkeypatch.setattr(sys, "argv", ["setup.py"])
    runpy.run_path("setup.py", run_name="__main__")
    project = metadata["project"]
    if name == "reloc":
        ours = {re.split(r"[<>=]", text)[0] for text in said["install_requires"]}
        assert ours == {Requirement(text).name for text in project["dependencies"]}
    scripts = dict(text.split(" = ") for text in said["entry_points"]["console_scripts"])
    assert {k: v for k, v in scripts.items() if k != "map_server"}.items() <= project["scripts"].items()
    commands = dict(text.split(" = ") for text in said["entry_points"].get("reloc.commands", []))
    assert commands.items() <= project["entry-points"]["reloc.commands"].items()
    patterns = {pattern for found in said["package_data"].values() for pattern in found}
    data = metadata["tool"]["setuptools"]["package-data"]
    assert patterns <= {pattern for found in data.values() for pattern in found}
