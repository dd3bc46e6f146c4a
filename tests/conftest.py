"""For all tests: a ROS domain of their own, the data sets, processes, and hypothesis without a stop-watch."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from support import made_once
from support.processes import Processes
from support.ros_domain import claim

ROOT = Path(__file__).resolve().parents[1]
DATA_VARIABLE = "RELOC_DATA"

# Before any test imports rclpy: whatever this process and its children start stays among themselves.
claim()

# What tests encode is no matter of the user's cache, and what that holds is none of theirs.
if "RELOC_TEST_CACHE" not in os.environ:
    os.environ["RELOC_TEST_CACHE"] = os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="reloc-test-cache-")
    atexit.register(shutil.rmtree, os.environ["XDG_CACHE_HOME"], ignore_errors=True)

# What runs a network is then a matter of what is installed, not of how busy this machine is.
os.environ.setdefault("RELOC_BACKEND", "unmeasured")

hypothesis.settings.register_profile("reloc", deadline=None, print_blob=True)
hypothesis.settings.load_profile("reloc")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the data sets: RELOC_DATA, or shared/data beside the repository. Skips where there is none."""
    path = Path(os.environ.get(DATA_VARIABLE) or ROOT.parent / "shared" / "data")
    if not path.is_dir():
        pytest.skip(f"data sets are not there: {path} (set {DATA_VARIABLE})")
    return path


@pytest.fixture(scope="session", autouse=True)
def _made_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All processes of a run share a folder of what is dear to make."""
    base = tmp_path_factory.getbasetemp()
    run = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    os.environ[made_once.FOLDER] = str(run / "made-once")


@pytest.fixture
def processes(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Processes]:
    """Starts processes, stops them after the test, and shows what they printed if it fails."""
    started = Processes(tmp_path / "processes")
    request.node.stash[_PROCESSES] = started
    yield started
    started.stop()


_PROCESSES = pytest.StashKey[Processes]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Add the output of a failed test's processes to its report."""
    report = yield
    started = item.stash.get(_PROCESSES, None)
    if report.failed and started is not None:
        for process in started.started:
            report.sections.append((f"process {process.name}", process.output[-8000:]))
    return report


_LAST_CONTEXT: list[object] = [None]


def pytest_runtest_logfinish() -> None:
    """Free the nodes of a test that spoke on the graph, at once and not whenever Python's collector comes by.

    Nodes stand in reference cycles: the endpoints of one that was destroyed stay on the graph until they are collected.
    A later test would see services that nobody answers, and one that goes while it waits keeps it waiting for ever.
    In the teardown it is too early: the test's arguments still hold them.
    """
    utilities = sys.modules.get("rclpy.utilities")
    if utilities is None:
        return
    context = utilities.get_default_context()
    if context is not _LAST_CONTEXT[0]:
        _LAST_CONTEXT[0] = context
        gc.collect()
