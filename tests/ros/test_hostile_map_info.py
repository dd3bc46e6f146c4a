"""A localizer among servers that lie, flood and fill: no folder is deleted, no disk is filled, the right map comes."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from support.nodes import start_node
from support.processes import Processes
from support.robot import Robot

from reloc.maps.reference_map import ReferenceMap
from reloc_msgs.msg import MapFile, MapInfo
from reloc_msgs.srv import GetReferences
from reloc_node.qos import LATCHED

FIELDS = {
    "name": "m",
    "format_version": 1,
    "size_bytes": 1 << 20,
    "file_count": 1,
    "page_bytes": 65536,
    "page_count": 16,
}
Answer = Callable[[GetReferences.Request, GetReferences.Response], GetReferences.Response]


class Liar:
    """Tells of maps and answers as it likes."""

    def __init__(self, node: Node, answer: Answer | None = None) -> None:
        self._publisher = node.create_publisher(MapInfo, "map_info", LATCHED)
        self.asked: list[GetReferences.Request] = []
        self._answer = answer
        self._node = node
        self._service = node.create_service(GetReferences, "reloc_map_server/get_references", self._on_request)

    def _on_request(self, request: GetReferences.Request, response: GetReferences.Response) -> GetReferences.Response:
        self.asked.append(request)
        if self._answer is not None:
            return self._answer(request, response)
        response.success, response.page, response.content_hash = True, request.page, request.content_hash
        if request.what == request.FILES:
            response.files = [MapFile(path="map.json", size=1 << 20, sha256="0" * 64)]
        else:
            response.data.frombytes(b"\0" * 65536)
            response.page_sha256 = "0" * 64
        return response

    def tell(self, content_hash: str, **changes: object) -> None:
        self._publisher.publish(MapInfo(content_hash=content_hash, **(FIELDS | changes)))

    def close(self) -> None:
        self._node.destroy_service(self._service)
        self._node.destroy_publisher(self._publisher)


def entries(cache: Path) -> list[str]:
    return [path.name for path in cache.iterdir() if path.name != ".lock"] if cache.exists() else []


def test_hashes_that_are_paths_delete_nothing_and_a_flood_fills_nothing(
    processes: Processes, tiny_map: Path, robot: Robot, tmp_path: Path
) -> None:
    home, cache = tmp_path / "home" / "user", tmp_path / "home" / "user" / "cache"
    cache.mkdir(parents=True)
    (home / "thesis.txt").write_text("mine")
    parameters = {"map_cache": cache, "transfer_timeout": 1.0, "max_maps_per_minute": 20}
    localizer = start_node(processes, "localizer", parameters=parameters)
    liar = Liar(robot.node)
    assert robot.spin_until(lambda: robot.node.count_subscribers("map_info") > 0)
    for content_hash in (str(home), "../../user", "..", ".", "/", "A" * 64, "a" * 63 + "/"):
        liar.tell(content_hash)
        robot.spin(0.05)
    for changes in ({"size_bytes": 2**64 - 1}, {"page_bytes": 1, "page_count": 1 << 20}, {"file_count": 2**32 - 1}):
        liar.tell("f" * 64, **changes)
        robot.spin(0.05)
    localizer.wait_for("A map_info was refused")
    assert liar.asked == []  # nobody was asked for anything
    for number in range(300):
        liar.tell(f"{number:064x}")
        robot.spin(0.01)
    robot.spin(1.0)
    assert (home / "thesis.txt").read_text() == "mine"
    assert entries(cache) == []  # no page that fits its checksum ever came
    assert len({request.content_hash for request in liar.asked}) <= 12
    assert localizer.running
    # The liar leaves, an honest server comes.
    liar.close()
    start_node(processes, "map_server", parameters={"map": tiny_map})
    localizer.wait_for("Ready: features", 40)
    robot.connect()
    assert robot.localize(0).accepted
    assert entries(cache) == [ReferenceMap.open(tiny_map).content_hash]


@pytest.mark.parametrize("kind", ["endless", "silent", "other_page", "short", "text"])
def test_answers_that_lie_are_named_and_the_honest_server_is_heard(
    processes: Processes, tiny_map: Path, robot: Robot, tmp_path: Path, kind: str
) -> None:
    def answer(request: GetReferences.Request, response: GetReferences.Response) -> GetReferences.Response:
        response.success, response.page, response.content_hash = kind != "text", request.page, request.content_hash
        response.page_count = 2**32 - 1
        if kind == "text":
            response.message = "\x1b]0;\n" + "x" * 100_000
        elif request.what == request.FILES:
            rows = 500 if kind == "endless" else 0 if kind == "silent" else 1
            response.files = [MapFile(path="map.json", size=1 << 20, sha256="0" * 64)] * rows
        else:
            response.page += kind == "other_page"
            response.data.frombytes(b"\0" * 100)
        return response

    parameters = {"map_cache": tmp_path / "cache", "transfer_timeout": 1.0}
    localizer = start_node(processes, "localizer", parameters=parameters)
    liar = Liar(robot.node, answer)
    assert robot.spin_until(lambda: robot.node.count_subscribers("map_info") > 0)
    liar.tell("e" * 64)
    says = {
        "endless": "500 files",
        "silent": "has 0 files",
        "other_page": "got page 1",
        "short": "100 bytes",
        "text": "refused",
    }
    assert robot.spin_until(lambda: says[kind] in localizer.output)
    assert entries(tmp_path / "cache") == []
    assert max(len(line) for line in localizer.output.splitlines()) < 2000
    liar.close()
    start_node(processes, "map_server", parameters={"map": tiny_map})
    localizer.wait_for("Ready: features", 40)


def test_a_full_disk_is_told_and_the_map_comes_once_there_is_room(
    processes: Processes, tiny_map: Path, robot: Robot, tmp_path: Path
) -> None:
    health: list[DiagnosticArray] = []
    robot.node.create_subscription(DiagnosticArray, "/diagnostics", health.append, 10)
    localizer = start_node(processes, "localizer", parameters={"map_cache": tmp_path / "cache"})
    limits = resource.prlimit(localizer.popen.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(localizer.popen.pid, resource.RLIMIT_FSIZE, (60_000, limits[1]))  # writing fails beyond that
    start_node(processes, "map_server", parameters={"map": tiny_map})

    def told() -> bool:
        return any("Cannot write to the map cache" in v.value for d in health for s in d.status for v in s.values)

    assert robot.spin_until(told)
    assert localizer.running
    resource.prlimit(localizer.popen.pid, resource.RLIMIT_FSIZE, limits)
    localizer.wait_for("Ready: features", 40)


def test_two_localizers_share_a_cache_that_holds_one_map(
    processes: Processes, tiny_map: Path, robot: Robot, tmp_path: Path
) -> None:
    """The one that is in use stays; a second localizer finds it."""
    cache = tmp_path / "cache"
    (cache / ("a" * 64)).mkdir(parents=True)
    (cache / ("a" * 64) / "data").write_bytes(b"\0" * (1 << 21))
    size = sum(path.stat().st_size for path in tiny_map.rglob("*") if path.is_file())
    parameters = {"map_cache": cache, "max_cache_bytes": max(size, 1 << 20) + (1 << 20)}
    start_node(processes, "map_server", parameters={"map": tiny_map})
    for name in ("one", "two"):
        remaps = {"__node": name}
        start_node(processes, "localizer", parameters=parameters, remaps=remaps, ready="Ready: features", name=name)
    assert entries(cache) == [ReferenceMap.open(tiny_map).content_hash]
