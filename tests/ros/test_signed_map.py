"""A localizer with a public key uses only maps that the key signed, however they come."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot
from support.ros_call import call

from reloc.maps.signing import PrivateKey, sign
from reloc_msgs.srv import LoadMap


@pytest.fixture
def key() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture
def copy(tiny_map: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_map, tmp_path / "house.map"))


def test_a_signed_map_is_fetched_and_used(
    processes: Processes, copy: Path, key: PrivateKey, robot: Robot, tmp_path: Path
) -> None:
    sign(copy, key)
    start_node(processes, "map_server", parameters={"map": copy})
    parameters = {"map_cache": tmp_path / "cache", "map_public_key": str(key.public)}
    localizer = start_node(processes, "localizer", parameters=parameters)
    localizer.wait_for("Ready: features")
    robot.connect()
    robot.localize(1)


@pytest.mark.parametrize("signed_by_another", [False, True])
def test_a_map_that_the_key_did_not_sign_is_not_used(
    processes: Processes, copy: Path, key: PrivateKey, robot: Robot, tmp_path: Path, signed_by_another: bool
) -> None:
    if signed_by_another:
        sign(copy, PrivateKey.generate())
    start_node(processes, "map_server", parameters={"map": copy})
    parameters = {"map_cache": tmp_path / "cache", "map_public_key": str(key.public)}
    localizer = start_node(processes, "localizer", parameters=parameters)
    localizer.wait_for("The map cannot be used: ")
    assert localizer.running
    assert "Ready: features" not in localizer.output
    # Signed in place, the same map is offered again and used.
    sign(copy, key)
    assert call(robot, LoadMap, "reloc_map_server/load_map", LoadMap.Request(path=str(copy))).success
    localizer.wait_for("Ready: features")


@pytest.mark.parametrize("node", ["localizer", "map_server"])
def test_a_folder_that_the_key_did_not_sign_is_not_opened(
    processes: Processes, copy: Path, key: PrivateKey, node: str
) -> None:
    parameters = {"map": copy, "map_public_key": str(key.public)}
    started = start_node(processes, node, parameters=parameters, ready=None)
    started.wait_for("MapSignatureError")
    assert "Traceback" not in started.output
    sign(copy, key)
    started.wait_for("Now active")
