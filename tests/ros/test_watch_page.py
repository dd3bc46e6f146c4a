"""`reloc watch` on a real graph: map, robot, states and buttons of its page."""

from __future__ import annotations

import html
import re
import signal
import socket
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rclpy
from support.nodes import start_node
from support.optional import need
from support.processes import Processes
from support.robot import Robot

from reloc.view import server as pages
from reloc.view.live.page import LivePage
from reloc_node.guard import GuardedExecutor
from reloc_node.watched.live_watcher import LiveWatcher
from reloc_node.watched.served_maps import NONE, ServedMaps, find_server

need("viser", "viser is not installed: make setup")


class Watching:
    """The parts of `reloc watch`, spun by the test."""

    def __init__(self, node: str, robot: Robot, cache: Path) -> None:
        self.server = pages.start(port=0)
        self.watcher = LiveWatcher(node)
        self.watcher.page = self.page = LivePage(self.server, self.watcher.buttons)
        self.maps = ServedMaps(self.watcher, self.page.set_map, str(cache))
        self._robot = robot
        self._executor = GuardedExecutor()
        self._executor.add_node(self.watcher)

    def until(self, done: Callable[[], bool], seconds: float = 30.0, sends: int | None = None) -> None:
        """Spin until something is so; the robot sends images if it is given a pose."""
        end = sent = time.monotonic()
        end += seconds
        while not done():
            assert time.monotonic() < end, self.said()
            if sends is not None and time.monotonic() - sent > 0.3:
                sent = time.monotonic()
                self._robot.send(sends)
            self._robot.spin(0.01)
            self._executor.spin_once(timeout_sec=0.02)
            self.watcher.work()
            self.page.refresh()
            if self.watcher.localizer:
                self.page.tell(self.maps.look(self.watcher.localizer))

    def said(self) -> str:
        shown = (self.page._headline, self.page._log, self.page._about)
        return html.unescape(re.sub(r"<[^>]*>", " ", "".join(one.content for one in shown)))

    def node(self, name: str):
        return self.server.scene.get_handle_by_name(name)

    def close(self) -> None:
        self.maps.close()
        self._executor.shutdown()
        self.watcher.destroy_node()
        pages.stop(self.server)


def test_map_robot_and_buttons(processes: Processes, tiny_map: Path, robot: Robot, tmp_path: Path) -> None:
    start_node(processes, "map_server", parameters={"map": tiny_map})
    start_node(processes, "localizer", parameters={"map": tiny_map})
    robot.connect()
    seen = Watching("/localizer", robot, tmp_path / "cache")
    try:
        seen.until(lambda: "TRACKING" in seen.page._headline.content, sends=0)
        seen.until(lambda: seen.node("/robot/body") is not None, sends=0)
        np.testing.assert_allclose(seen.node("/robot/body").position, robot.world_from_base(0)[:3, 3], atol=0.05)
        seen.until(lambda: seen.node("/references/11") is not None and seen.page._image.visible, sends=0)
        assert "inliers" in seen.page._evidence.content
        assert "another map" not in seen.page._about.content
        seen.watcher.buttons.reinitialize()
        seen.until(lambda: "the old place is forgotten" in seen.said())
        seen.until(lambda: "RELOCALIZING" in seen.said().split("the old place")[0], sends=0)  # newer lines stand above
        seen.watcher.buttons.relocalize()
        seen.until(lambda: "relocalize: succeeded" in seen.said(), sends=1)
        assert seen.watcher.guard.count == 0
    finally:
        seen.close()


def test_without_a_map_server_and_without_a_localizer_it_says_so(robot: Robot, tmp_path: Path) -> None:
    seen = Watching("/robot7/localizer", robot, tmp_path)
    try:
        seen.watcher.buttons.relocalize()
        seen.watcher.buttons.reinitialize()
        seen.until(lambda: "SILENT" in seen.said() and NONE in seen.said())
        assert "relocalize: the action /robot7/localizer/relocalize is not offered" in seen.said()
        assert "/robot7/localizer/reinitialize_global_localization is not offered" in seen.said()
    finally:
        seen.close()


def test_the_nearest_map_server_is_taken(processes: Processes, tiny_map: Path, robot: Robot) -> None:
    start_node(processes, "map_server", parameters={"map": tiny_map}, remaps={"__ns": "/robot1"}, name="one")
    start_node(processes, "map_server", parameters={"map": tiny_map}, remaps={"__ns": "/robot2"}, name="two")
    assert robot.spin_until(lambda: len(robot.node.get_publishers_info_by_topic("/robot2/map_info")) > 0)
    assert robot.spin_until(lambda: len(robot.node.get_publishers_info_by_topic("/robot1/map_info")) > 0)
    for name in ("/robot2", "/robot1"):
        expected = (f"{name}/map_info", f"{name}/reloc_map_server")
        found = robot.spin_until(lambda n=name, e=expected: find_server(robot.node, f"{n}/localizer") == e)
        assert found, find_server(robot.node, f"{name}/localizer")


def test_the_command_serves_a_page_until_ctrl_c(processes: Processes, tiny_map: Path) -> None:
    command = [sys.executable, "-m", "reloc.cli.main", "watch", "--port", "0", "--map", str(tiny_map)]
    watch = processes.start("watch", command)
    address = watch.wait_for(r"^Open (http://localhost:\d+)", 90)[1]
    with urllib.request.urlopen(address, timeout=20) as answer:
        assert b"<html" in answer.read()
    assert "ssh -L" in watch.output
    watch.signal(signal.SIGINT)
    assert watch.wait(60) == 0
    assert "Traceback" not in watch.output


def test_a_port_in_use_ends_the_command(processes: Processes) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        watch = processes.start("watch", [sys.executable, "-m", "reloc.cli.main", "watch", "--port", port])
        assert watch.wait(90) == 2
    assert f"listens on port {port}" in watch.output


def test_the_terminal_is_the_choice_without_viser(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from reloc.cli.main import main

    told: list[str] = []
    monkeypatch.setattr("importlib.util.find_spec", lambda name, package=None: None)
    monkeypatch.setattr("reloc_node.watched.watcher.watch", lambda *given: told.append("terminal") or 0)
    assert main(["watch"]) == 0
    assert told == ["terminal"]
    assert "viser is not installed" in capsys.readouterr().err
    assert not rclpy.ok()
