"""The pip line of docs/install.md for a workspace beside an apt ROS, as far as it can be tested without an index."""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement


class TestPipLineBesideRos:
    """The one pip line of docs/install.md. `make check STEPS=pip-line` asks pip, `beside-ros` installs it."""

    @pytest.fixture
    def pip_line(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
        monkeypatch.syspath_prepend(str(root / "tools"))
        return importlib.import_module("checks.pip_line")

    @pytest.fixture
    def line(self, pip_line: ModuleType) -> list[str]:
        return list(pip_line.line())

    def test_it_is_what_make_setup_and_the_images_install(
        self, root: Path, pip_line: ModuleType, line: list[str]
    ) -> None:
        assert line == pip_line.listed("x86_64")
        assert "-r with_apt_ros.txt" in (root / "requirements" / "beside_ros.txt").read_text().splitlines()

    def test_pip_reads_the_file_as_it_is_meant(self, root: Path, pip_line: ModuleType) -> None:
        """The marker behind an address, above all: without a space before it, it would be part of the address."""
        lines = (root / "requirements" / "with_apt_ros.txt").read_text().splitlines()
        parsed = [Requirement(re.split(r"\s+#", text)[0]) for text in lines if not text.startswith("#")]
        for machine in ("x86_64", "aarch64"):
            meant = [r for r in parsed if r.marker is None or r.marker.evaluate({"platform_machine": machine})]
            names = [re.split(r"[<=@]", text)[0] for text in pip_line.listed(machine)]
            assert [r.name for r in meant] == names

    def test_arm64_gets_the_same_but_for_what_has_no_wheel_there(self, pip_line: ModuleType, line: list[str]) -> None:
        on_arm = pip_line.listed("aarch64")
        assert {text for text in line if text not in on_arm} == {"poselib==2.0.5", "pycolmap==4.2.1"}
        (built,) = (text for text in on_arm if text not in line)
        assert re.fullmatch(r"poselib@git\+https://\S+@[0-9a-f]{40}", built)

    def test_with_rosdep_it_brings_all_that_the_core_needs(self, root: Path, line: list[str]) -> None:
        """Whatever setup.py asks for comes from the line, or from a key of package.xml that apt or rosdep knows."""
        source = root / "ros2_ws" / "src" / "reloc"
        setup = (source / "setup.py").read_text()
        tree = ast.parse(setup)
        lists = [k.value for k in ast.walk(tree) if isinstance(k, ast.keyword) and k.arg == "install_requires"]
        extras = next(k.value for k in ast.walk(tree) if isinstance(k, ast.keyword) and k.arg == "extras_require")
        needed = [
            *ast.literal_eval(lists[0]),
            *ast.literal_eval(extras)["build"],
            *ast.literal_eval(extras)["networks"],
        ]
        names = {re.split(r"[<>=]", text)[0].lower() for text in needed}
        by_pip = {re.split(r"[<>=]", text)[0].lower() for text in line}
        keys = set(re.findall(r"<exec_depend>python3-([a-z0-9]+)", (source / "package.xml").read_text()))
        assert names - by_pip - keys == set()
