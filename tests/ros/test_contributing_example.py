"""The localizer of CONTRIBUTING.md, by its dotted path, in the real node."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from support import contributing
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot


def test_the_localizer_of_contributing_answers_in_the_node(
    processes: Processes, tiny_map: Path, robot: Robot, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = os.pathsep.join([str(contributing.example_folder()), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    monkeypatch.setenv("PYTHONPATH", path)
    parameters = {"map": tiny_map, "localizer": contributing.DOTTED, f"{contributing.DOTTED}.references": 8}
    start_node(processes, "localizer", parameters=parameters, cold=True)
    robot.connect()
    status = robot.localize(1)
    meters, radians = robot.error_of(status, 1)
    assert meters < 0.02
    assert radians < 0.01
    assert status.localizer == contributing.DOTTED
