"""`reloc watch` shows what anybody may publish: odd names and numbers do not end it."""

from __future__ import annotations

import json

import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from reloc.errors import ConfigError
from reloc_msgs.msg import Status
from reloc_node.conversions.poses import to_pose_with_covariance
from reloc_node.graph.node_name import is_node_name
from reloc_node.watched import watcher as module
from reloc_node.watched.lines import as_json, as_line
from reloc_node.watched.seen import LocalizerSeen, seen_pose
from reloc_node.watched.watcher import Ending, Watcher, watch

NAMES = (
    "",
    "/",
    "//",
    "bad name",
    "/bad name",
    "/a//b",
    "/1a",
    "/a{b}",
    "/~",
    "a" * 300,
    "/" + "a/" * 200,
    "/ä",
    "/a\nb",
)


@pytest.fixture
def watcher():
    rclpy.init()
    made = Watcher("")
    yield made
    made.destroy_node()
    rclpy.try_shutdown()


def said(*names: str) -> DiagnosticArray:
    return DiagnosticArray(status=[DiagnosticStatus(name=f"{name}: localization") for name in names])


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_diagnostics_that_is_none_is_not_taken(watcher: Watcher, name: str) -> None:
    watcher._on_diagnostics(said(name, "/robot1/localizer"))
    assert watcher._name == "/robot1/localizer"
    assert watcher.guard.count == 0
    assert watcher.heard


def test_several_localizers_end_it_with_their_names(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    running = [("/b/status", ["reloc_msgs/msg/Status"])]
    monkeypatch.setattr(watcher, "get_topic_names_and_types", lambda: running)
    watcher._on_diagnostics(said("/a"))
    assert "2 localizers run: /a, /b" in str(watcher.problem)


def test_a_callback_that_fails_does_not_end_it(watcher: Watcher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "seen_pose", lambda message: 1 / 0)
    watcher._on_diagnostics(said("/localizer"))
    next(s for s in watcher.subscriptions if s.topic_name == "/localizer/pose_with_covariance").callback(None)
    watcher._on_status(Status(state=Status.TRACKING, accepted=True))
    assert watcher.guard.count == 1
    assert as_line(watcher.seen())


@pytest.mark.parametrize("name", ["bad name", "a//b", "1a", "ä"])
def test_a_name_that_no_node_has_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"--node .* is not the name of a node"):
        watch(name, Ending.ONCE, 0.1, 1.0, lambda seen: None)


@pytest.mark.parametrize("name", ["/localizer", "/robot1/localizer", "/_a/b_2"])
def test_names_of_nodes(name: str) -> None:
    assert is_node_name(name)


def pose(scale: float = 1.0, quaternion: tuple[float, ...] = (0.0, 0.0, 0.0, 1.0), covariance: float = 0.01):
    made = to_pose_with_covariance(np.eye(4), np.eye(6), "map", 10**18)
    made.pose.pose.position.x = scale
    q = made.pose.pose.orientation
    q.x, q.y, q.z, q.w = quaternion
    made.pose.covariance = np.full(36, covariance)
    return made


@pytest.mark.parametrize(
    "message",
    [
        pose(scale=np.nan),
        pose(scale=np.inf),
        pose(quaternion=(0.0, 0.0, 0.0, 0.0)),
        pose(quaternion=(np.nan, 0.0, 0.0, 1.0)),
        pose(covariance=np.nan),
        pose(covariance=np.inf),
        pose(covariance=1e308),
    ],
)
def test_a_pose_of_numbers_that_are_none_is_not_shown(message) -> None:
    assert seen_pose(message) is None


@pytest.mark.parametrize(
    "message", [pose(scale=1e308), pose(quaternion=(1e200, 1e200, 0.0, 1.0)), pose(covariance=-1.0)]
)
def test_what_is_shown_can_be_written(message) -> None:
    seen = LocalizerSeen("/localizer", "TRACKING", "", "", False, 5.0, 0.9, seen_pose(message))
    assert as_line(seen)
    assert json.loads(as_json(seen))["state"] == "TRACKING"


def test_yaw_and_sigma() -> None:
    half = np.sqrt(0.5)
    message = pose(quaternion=(0.0, 0.0, half, half), covariance=0.0)
    message.pose.covariance[0] = 0.04
    seen = seen_pose(message)
    assert seen is not None
    assert (round(seen.yaw_deg, 6), round(seen.sigma_m, 6)) == (90.0, 0.2)
