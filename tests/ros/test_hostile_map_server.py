"""Nothing that a participant of the graph asks of a map server ends it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot
from support.ros_call import call

from reloc_msgs.srv import GetReferences, LoadMap


def make_folders(tiny_map: Path, folder: Path) -> dict[str, Path]:
    """Folders that are no map, each in a way of its own."""
    made = {
        name: folder / name for name in ("pipe", "pipe_manifest", "deep", "npy", "loop", "type", "locked", "device")
    }
    os.mkfifo(made["pipe"])
    made["pipe_manifest"].mkdir()
    os.mkfifo(made["pipe_manifest"] / "map.json")
    made["device"].mkdir()
    (made["device"] / "map.json").symlink_to("/dev/zero")
    made["loop"].symlink_to(made["loop"])
    made["deep"].mkdir()
    (made["deep"] / "map.json").write_text("[" * 200_000)
    made["type"].mkdir()
    (made["type"] / "map.json").write_text(json.dumps([1, 2, 3]))
    made["locked"].mkdir(mode=0o000)
    shutil.copytree(tiny_map, made["npy"])
    (made["npy"] / "compiled" / "poses.npy").write_bytes(b"\x93NUMPY\x01\x00\xff\xff" + b"{" * 500)
    return made


def test_no_path_ends_it(processes: Processes, tiny_map: Path, robot: Robot, tmp_path: Path) -> None:
    server = start_node(processes, "map_server", parameters={"map": tiny_map})
    before = call(robot, LoadMap, "reloc_map_server/load_map", LoadMap.Request(path=str(tiny_map))).content_hash
    paths = ["", "/", "~nosuchuser/office.map", "x" * 5000, "/x" * 3000, "a\x7fb\n", "/proc/self/mem", "/dev/full", "."]
    paths += [str(path) for path in make_folders(tiny_map, tmp_path).values()]
    for path in paths:
        answer = call(robot, LoadMap, "reloc_map_server/load_map", LoadMap.Request(path=path))
        assert not answer.success, path
        assert 0 < len(answer.message) < 5000, path
        assert answer.content_hash == before, path  # the old one stays in use
    answer = call(robot, LoadMap, "reloc_map_server/load_map", LoadMap.Request(path=str(tiny_map)))
    assert answer.success, answer.message
    request = GetReferences.Request
    for bad in (
        request(what=request.STREAM, page=2**32 - 1),
        request(what=255, content_hash="/" * 10_000),
        request(what=request.FILES, page=2**31),
        request(what=request.REFERENCES, content_hash="é\x1b"),
    ):
        assert not call(robot, GetReferences, "reloc_map_server/get_references", bad).success
    assert server.running
    assert "Traceback" not in server.output


@pytest.mark.parametrize("path", ["/", "~nosuchuser/m", "/proc/self/mem"])
def test_a_bad_map_at_start_leaves_a_server_that_takes_a_good_one(
    processes: Processes, tiny_map: Path, robot: Robot, path: str
) -> None:
    server = start_node(processes, "map_server", parameters={"map": path}, ready=None)
    server.wait_for("MapNotFoundError")
    robot.spin(2.5)  # its timers have run, and it has tried again
    assert server.running
    answer = call(robot, LoadMap, "reloc_map_server/load_map", LoadMap.Request(path=str(tiny_map)))
    assert answer.success, answer.message
    assert "Traceback" not in server.output


def test_a_map_that_is_mounted_later_is_served_then(
    processes: Processes, tiny_map: Path, robot: Robot, tmp_path: Path
) -> None:
    server = start_node(processes, "map_server", parameters={"map": tmp_path / "late.map"}, ready="MapNotFoundError")
    shutil.copytree(tiny_map, tmp_path / "late.map")
    server.wait_for("Now active", 20)
    assert server.output.count("MapNotFoundError") == 1  # the same reason is told once


def test_cycles_of_activation_leak_nothing(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    server = start_node(processes, "map_server", parameters={"map": tiny_map})

    def change(number: int) -> bool:
        request = ChangeState.Request(transition=Transition(id=number))
        return call(robot, ChangeState, "reloc_map_server/change_state", request).success

    for _ in range(5):
        assert not change(Transition.TRANSITION_CONFIGURE)
        assert change(Transition.TRANSITION_DEACTIVATE)
        assert not change(Transition.TRANSITION_DEACTIVATE)
        assert change(Transition.TRANSITION_ACTIVATE)
    topics = ("map_info", "reloc_map_server/reference_poses", "reloc_map_server/markers")
    assert robot.spin_until(lambda: [robot.node.count_publishers(topic) for topic in topics] == [1, 1, 1])
    assert server.running
