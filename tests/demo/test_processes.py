"""Processes of a run: a dead one is noticed and explained, and none outlives the run."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from reloc_demo.processes import ProcessDiedError, Processes, Running

_MODULES = {
    "stays": "import time\n\ndef main():\n    time.sleep(600)\n",
    "dies": "import sys\n\ndef main():\n    print('the camera is on fire')\n    return 3\n",
    "deaf": "import signal, time\n\ndef main():\n    for number in (signal.SIGINT, signal.SIGTERM):\n"
    "        signal.signal(number, signal.SIG_IGN)\n    print('ready')\n    time.sleep(600)\n",
}


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "modules"
    folder.mkdir()
    for name, text in _MODULES.items():
        (folder / f"{name}_node.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(folder), *sys.path]))


def _wait(condition: object, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.05)


def test_a_process_that_dies_is_reported_with_the_end_of_its_log(tmp_path: Path) -> None:
    with Processes(tmp_path / "logs") as processes:
        processes.start("well", "stays_node")
        dead = processes.start("unwell", "dies_node")
        _wait(lambda: dead.popen.poll() is not None)
        with pytest.raises(ProcessDiedError, match=r"(?s)unwell ended with status 3.*the camera is on fire"):
            processes.check()


def test_leaving_the_context_by_an_error_stops_all(tmp_path: Path) -> None:
    processes = Processes(tmp_path / "logs")

    def interrupted_run() -> None:
        with processes:
            started.extend(processes.start(name, "stays_node") for name in ("one", "two"))
            processes.check()
            raise KeyboardInterrupt

    started: list[Running] = []
    with pytest.raises(KeyboardInterrupt):
        interrupted_run()
    assert len(started) == 2
    assert all(process.popen.poll() is not None for process in started)


def test_one_that_does_not_listen_is_stopped_too(tmp_path: Path) -> None:
    with Processes(tmp_path / "logs") as processes:
        deaf = processes.start("deaf", "deaf_node")
        _wait(lambda: "ready" in deaf.tail())
    assert deaf.popen.poll() is not None
