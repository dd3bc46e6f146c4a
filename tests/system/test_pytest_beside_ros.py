"""`make test` beside an apt ROS: its pytest plugins, found by every pytest there, must not take part.

The plugins are written here with the hooks of the real ones, under the same names, each with the fault that it has.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# By name of the entry point: its package, what it does, and what pytest says about it.
PLUGINS = {
    "launch_testing": (
        "launch_testing",
        # Of Jazzy's launch_testing: pytest 9 has no `path` there any more.
        "import pytest\n\n\ndef pytest_pycollect_makemodule(path, parent):\n    return None\n",
        "Argument(s) {'path'}",
    ),
    "launch_ros": (
        "launch_testing_ros_pytest_entrypoint",
        # The hook is declared by launch_testing: alone it is unknown.
        "def pytest_launch_collect_makemodule(path, parent, entrypoint):\n    return None\n",
        "unknown hook 'pytest_launch_collect_makemodule'",
    ),
    "launch_pytest": (
        "launch_pytest",
        "import launch_that_is_not_in_this_environment\n",
        "launch_that_is_not_in_this_environment",
    ),
}


def install(folder: Path, names: list[str]) -> None:
    """Write plugins and what pip would note about them, so that pytest finds their entry points."""
    for name in names:
        module, text, _ = PLUGINS[name]
        (folder / f"{module}.py").write_text(text)
        info = folder / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[pytest11]\n{name} = {module}\n")


def collect(root: Path, plugins: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Collect one file of tests as `make test` does, but for the options."""
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *options]
    environment = {**os.environ, "PYTHONPATH": str(plugins)}
    return subprocess.run(
        [*command, "tests/core/test_nearest.py"], cwd=root, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("names", [["launch_testing"], ["launch_ros"], ["launch_pytest"], list(PLUGINS)])
def test_plugins_of_ros_do_not_take_part(root: Path, tmp_path: Path, names: list[str]) -> None:
    install(tmp_path, names)
    done = collect(root, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "test_nearest.py" in done.stdout


@pytest.mark.parametrize("name", PLUGINS)
def test_they_would_break_it(root: Path, tmp_path: Path, name: str) -> None:
    """Else the test above could not fail."""
    if name == "launch_testing" and int(pytest.__version__.split(".")[0]) < 9:
        pytest.skip("pytest 8 and earlier have the argument `path`")
    install(tmp_path, [name])
    done = collect(root, tmp_path, "-o", "addopts=")
    assert done.returncode != 0
    assert PLUGINS[name][2] in done.stdout + done.stderr
