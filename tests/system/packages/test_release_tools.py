"""One version in all files, and ROS packages that are whole without the repository."""

from __future__ import annotations

import importlib
import re
import runpy
import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest
import setuptools

import reloc
from reloc.version import VERSION


@pytest.fixture
def version(root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(root / "tools"))
    return importlib.import_module("release.version")


@pytest.fixture
def copy(root: Path, version: ModuleType, tmp_path: Path) -> Path:
    for name in version.PATTERNS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    return tmp_path


def test_all_files_have_the_version_of_reloc(root: Path, version: ModuleType) -> None:
    assert set(version.found().values()) == {VERSION} == {reloc.__version__}
    packages = {p.relative_to(root).as_posix() for p in (root / "ros2_ws" / "src").glob("*/package.xml")}
    assert packages <= set(version.PATTERNS)


@pytest.mark.parametrize("name", ["reloc", "reloc_node", "reloc_demo"])
def test_setup_files_take_it_from_package_xml(root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {}
    monkeypatch.setattr(setuptools, "setup", lambda **given: said.update(given))
    monkeypatch.chdir(root / "ros2_ws" / "src" / name)
    monkeypatch.setattr(sys, "argv", ["setup.py"])
    runpy.run_path("setup.py", run_name="__main__")
    assert (said["name"], said["version"]) == (name, VERSION)


def test_a_new_version_is_written_everywhere(version: ModuleType, copy: Path) -> None:
    version.write("3.14.15", copy)
    assert set(version.found(copy).values()) == {"3.14.15"}


@pytest.mark.parametrize("given", ["", "1", "1.2", "1.2.3rc1", "v1.2.3", "1.2.3\n", "1.2.3.4"])
def test_what_bloom_would_refuse_is_refused(version: ModuleType, copy: Path, given: str) -> None:
    with pytest.raises(SystemExit, match="three numbers"):
        version.write(given, copy)
    assert set(version.found(copy).values()) == {VERSION}


def test_a_file_that_differs_is_seen(version: ModuleType, copy: Path, monkeypatch, capsys) -> None:
    file = copy / "ros2_ws" / "src" / "reloc_msgs" / "package.xml"
    file.write_text(file.read_text().replace(f"<version>{VERSION}<", "<version>9.9.9<"))
    monkeypatch.setattr(version, "found", lambda root=copy, real=version.found: real(root))
    monkeypatch.setattr(sys, "argv", ["version.py"])
    assert version.main() == 1
    assert "reloc_msgs/package.xml: 9.9.9" in capsys.readouterr().out


def test_folders_for_bloom_are_whole(root: Path, version: ModuleType, tmp_path: Path) -> None:
    ros_sources = importlib.import_module("release.ros_sources")
    folders = ros_sources.write(tmp_path / "out")
    assert not [path for folder in folders for path in folder.rglob("*") if path.is_symlink()]
    assert (tmp_path / "out" / "reloc" / "reloc" / "shipped" / "points" / "model.onnx").is_file()
    assert (tmp_path / "out" / "reloc_node" / "launch" / "reloc.launch.py").is_file()
    assert not (tmp_path / "out" / "reloc" / "reloc" / "shipped" / "posenet-demo").exists()
    for folder in folders:
        check_for_bloom(folder, (root / "CHANGELOG.md").read_text())
        text = (folder / "package.xml").read_text()
        (folder / "package.xml").write_text(text.replace("maintainers@reloc.invalid", "me@example.org"))
    assert ros_sources.unreachable(folders) == []
    assert ros_sources.unreachable([root / "ros2_ws" / "src" / "reloc"]) == ["maintainers@reloc.invalid"]
    with pytest.raises(SystemExit, match="exists"):
        ros_sources.write(tmp_path / "out")


def check_for_bloom(folder: Path, markdown: str) -> None:
    """As bloom itself reads a package: by catkin_pkg, which wants a license file and a changelog."""
    from catkin_pkg.changelog import get_changelog_from_path
    from catkin_pkg.package import parse_package

    warnings: list[str] = []
    package = parse_package(str(folder), warnings=warnings)
    assert warnings == []
    assert [one.file for one in package.licenses] == ["LICENSE"]
    changelog = get_changelog_from_path(str(folder), package.name)
    assert changelog is not None
    released = re.findall(r"^## \[?(\d+\.\d+\.\d+)", markdown, re.MULTILINE)
    assert [str(version) for version, _, _ in changelog.foreach_version()] == released[::-1]


def test_a_released_version_reaches_the_changelog(version: ModuleType, tmp_path: Path) -> None:
    from catkin_pkg.changelog import get_changelog_from_path

    to_rst = importlib.import_module("release.changelog").to_rst
    text = (
        "# Changelog\n\nText.\n\n## Unreleased\n\n### Added\n- One\n\n## 0.2.0 - 2026-12-01\n\n### Fixed\n\nNodes\n"
        "- A node ended by `a_b`,\n  and a* star_\n\n## [0.1.0] - 2026-06-30\n\n### Added\n- First.\n"
    )
    (tmp_path / "CHANGELOG.rst").write_text(to_rst(text, "reloc"))
    found = get_changelog_from_path(str(tmp_path), "reloc")
    versions = {str(name): (day, content) for name, day, content in found.foreach_version()}
    assert set(versions) == {"0.2.0", "0.1.0"}
    assert str(versions["0.2.0"][0]).startswith("2026-12-01")
    assert "Fixed, Nodes: A node ended by" in str(versions["0.2.0"][1][0])
    with pytest.raises(SystemExit, match=r"0\.2 soon"):
        to_rst("## 0.2 soon\n", "reloc")
