"""A localizer without a map on its disk gets one from the server: over real services, and through a server's death."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from geometry_msgs.msg import PoseArray
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot
from support.tiny_world import build_small_map
from visualization_msgs.msg import MarkerArray

from reloc.maps.reference_map import ReferenceMap
from reloc_msgs.msg import MapInfo
from reloc_msgs.srv import GetReferences, LoadMap
from reloc_node.qos import LATCHED


@pytest.fixture(scope="module")
def other_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same world, fewer references: another content hash."""
    out = tmp_path_factory.mktemp("other") / "other.map"
    build_small_map(out, references=8)
    return out


def latched(robot: Robot, kind: type, topic: str) -> list:
    got: list = []
    robot.node.create_subscription(kind, topic, got.append, LATCHED)
    return got


def call(robot: Robot, kind: type, name: str, request: object) -> object:
    client = robot.node.create_client(kind, name)
    assert robot.spin_until(client.service_is_ready)
    future = client.call_async(request)
    assert robot.spin_until(future.done)
    return future.result()


def ask_until(robot: Robot, condition: Callable[[], bool], timeout_s: float = 30.0) -> None:
    """Send an image now and then until something is so."""
    for _ in range(int(timeout_s / 0.5)):
        robot.send(0)
        if robot.spin_until(condition, 0.5):
            return
    last = robot.statuses[-1] if robot.statuses else None
    raise AssertionError(f"not in {timeout_s} s; last status: {last}")


def test_what_a_server_tells_and_serves(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    start_node(processes, "map_server", parameters={"map": tiny_map}, cold=True)
    infos, poses = latched(robot, MapInfo, "map_info"), latched(robot, PoseArray, "reloc_map_server/reference_poses")
    markers = latched(robot, MarkerArray, "reloc_map_server/markers")
    assert robot.spin_until(lambda: bool(infos and poses and markers))
    opened = ReferenceMap.open(tiny_map)
    info = infos[0]
    assert info.content_hash == opened.content_hash
    assert info.reference_count == len(opened) == len(poses[0].poses)
    assert info.landmark_count == opened.manifest.landmarks
    assert (info.header.frame_id, poses[0].header.frame_id) == ("map", "map")
    assert info.bounds_min.x <= poses[0].poses[0].position.x <= info.bounds_max.x
    assert "features" in info.localizers
    assert info.retrievers == ["vlad"]
    assert len(markers[0].markers[-1].points) == 16 * len(opened)

    request = GetReferences.Request
    answer = call(robot, GetReferences, "reloc_map_server/get_references", request(what=request.REFERENCES))
    assert answer.success
    assert [r.name for r in answer.references] == list(opened.names)
    assert answer.references[0].camera.k[0] == opened.camera(0).fx
    for bad, says in (
        (request(what=request.STREAM, page=10**6), "no page 1000000"),
        (request(what=request.STREAM, content_hash="abc"), "another map"),
        (request(what=77), "unknown"),
    ):
        answer = call(robot, GetReferences, "reloc_map_server/get_references", bad)
        assert not answer.success
        assert says in answer.message


def test_a_map_comes_over_ros_and_is_cached_by_its_hash(
    processes: Processes, tiny_map: Path, robot: Robot, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    server = start_node(processes, "map_server", parameters={"map": tiny_map, "page_bytes": 100_000})
    first = start_node(processes, "localizer", parameters={"map_cache": cache}, ready="Ready: features")
    robot.connect()
    status = robot.localize(1)
    assert robot.error_of(status, 1)[0] < 0.02
    content_hash = ReferenceMap.open(tiny_map).content_hash
    assert status.map_content_hash == content_hash
    assert ReferenceMap.open(cache / content_hash).content_hash == content_hash
    assert "Fetching the map: 100 %" in first.output
    first.stop()
    robot.disconnect()
    second = start_node(processes, "localizer", parameters={"map_cache": cache}, ready="Ready: features")
    robot.connect()
    assert "Fetching" not in second.output
    server.stop()
    robot.localize(2)  # a server is not needed once the map is there


def test_no_server_then_one_that_dies_midway_then_one_that_comes_back(
    processes: Processes, tiny_map: Path, robot: Robot, tmp_path: Path
) -> None:
    parameters = {"map_cache": tmp_path / "cache", "transfer_timeout": 1.0}
    localizer = start_node(processes, "localizer", parameters=parameters)
    robot.connect()
    status = robot.ask(0)
    assert (status.reason, status.map_content_hash) == ("no_map", "")
    assert "map server" in status.detail
    # Small pages make the transfer last long enough to be cut.
    served = {"map": tiny_map, "page_bytes": 4096}
    server = start_node(processes, "map_server", parameters=served)
    localizer.wait_for(r"Fetching the map: 1\d %")
    server.popen.kill()
    server.wait()
    localizer.wait_for("did not answer")
    fetched = len(list((tmp_path / "cache").glob("*.partial")))
    assert fetched == 1
    status = robot.ask(0)
    assert status.reason == "no_map"
    assert localizer.running
    before = localizer.output.count("Fetching the map: 0 %")
    start_node(processes, "map_server", parameters=served, name="map_server_again")
    localizer.wait_for("Ready: features", 60)
    assert localizer.output.count("Fetching the map: 0 %") == before  # it went on, it did not begin anew
    robot.localize(0)


def test_another_map_is_loaded_at_run_time(
    processes: Processes, tiny_map: Path, other_map: Path, robot: Robot, tmp_path: Path
) -> None:
    start_node(processes, "map_server")
    start_node(processes, "localizer", parameters={"map_cache": tmp_path / "cache"})
    robot.connect()
    infos = latched(robot, MapInfo, "map_info")
    assert robot.spin_until(lambda: bool(infos))
    assert infos[0].content_hash == ""
    assert robot.ask(0).reason == "no_map"
    # Maps that cannot be loaded: the server says why and lives on.
    broken = tmp_path / "broken"
    shutil.copytree(tiny_map, broken)
    manifest = broken / "map.json"
    poses = broken / "compiled" / "poses.npy"
    poses.write_bytes(poses.read_bytes()[:-8] + b"\1" * 8)
    newer = tmp_path / "newer"
    shutil.copytree(tiny_map, newer)
    text = manifest.read_text()
    (newer / "map.json").write_text(text.replace('"format_version": 2', '"format_version": 99'))
    empty = tmp_path / "empty"
    shutil.copytree(tiny_map, empty)
    (empty / "map.json").write_text(json.dumps(json.loads(text) | {"references": 0}))
    bad = {tmp_path / "nowhere": "No map at", broken: "is not the file", newer: "format 99", empty: "no reference"}
    for path, says in bad.items():
        answer = call(robot, LoadMap, "reloc_map_server/load_map", LoadMap.Request(path=str(path)))
        assert not answer.success
        assert says in answer.message
        assert answer.content_hash == ""
    for path in (tiny_map, other_map):
        answer = call(robot, LoadMap, "reloc_map_server/load_map", LoadMap.Request(path=str(path)))
        assert answer.success, answer.message
        wanted = answer.content_hash
        assert wanted == ReferenceMap.open(path).content_hash
        ask_until(robot, lambda wanted=wanted: robot.statuses[-1].map_content_hash == wanted)
        assert robot.error_of(robot.localize(0), 0)[0] < 0.02


def test_a_map_that_was_used_before_and_is_damaged_in_the_cache_is_fetched_again(
    processes: Processes, tiny_map: Path, other_map: Path, robot: Robot, tmp_path: Path
) -> None:
    cache = tmp_path / "cache"
    start_node(processes, "map_server", parameters={"map": tiny_map})
    localizer = start_node(processes, "localizer", parameters={"map_cache": cache}, ready="Ready: features")
    first = ReferenceMap.open(tiny_map).content_hash
    assert call(robot, LoadMap, "reloc_map_server/load_map", LoadMap.Request(path=str(other_map))).success
    localizer.wait_for(f"Ready: features in the map {cache}/{ReferenceMap.open(other_map).content_hash}")
    poses = cache / first / "compiled" / "poses.npy"
    poses.write_bytes(poses.read_bytes()[:-8] + b"\1" * 8)
    assert call(robot, LoadMap, "reloc_map_server/load_map", LoadMap.Request(path=str(tiny_map))).success
    assert robot.spin_until(lambda: localizer.output.count(f"Ready: features in the map {cache}/{first}") == 2, 30.0)
    assert ReferenceMap.open(cache / first).content_hash == first


def test_arguments_that_ros_cannot_read_are_said(processes: Processes) -> None:
    process = start_node(processes, "map_server", remaps={"": "x"}, ready=None)
    assert process.wait(30) == 1
    assert "ROS cannot start" in process.output
    assert "Traceback" not in process.output
