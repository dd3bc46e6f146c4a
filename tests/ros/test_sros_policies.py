"""The SROS 2 policies in ``launch/sros2`` allow every topic, service and action that the nodes use."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from rclpy.node import Node
from support.nodes import start_node
from support.processes import Processes
from support.spin import spin_until

POLICIES = Path(__file__).resolve().parents[2] / "launch" / "sros2"
ACTION = "/_action/"


def allowed(profile: ElementTree.Element, kind: str, verb: str) -> set[str]:
    """The full names of what a profile allows, say ("topic", "publish")."""
    node = f"/{profile.attrib['node']}"
    names = {
        (entry.text or "").strip()
        for group in profile.findall(f"{kind}s")
        if group.attrib.get(verb) == "ALLOW"
        for entry in group.findall(kind)
    }
    return {name.replace("~", node, 1) if name.startswith("~") else f"/{name.lstrip('/')}" for name in names}


def of_actions(names: set[str]) -> set[str]:
    return {name.partition(ACTION)[0] for name in names if ACTION in name}


def no_actions(names: set[str]) -> set[str]:
    return {name for name in names if ACTION not in name}


@pytest.mark.parametrize("executable", ["localizer", "reloc_map_server"])
@pytest.mark.parametrize("tf_mode", ["tf", "seed"])
def test_all_that_a_node_uses_is_allowed(
    processes: Processes, tiny_map: Path, ros_node: Node, tmp_path: Path, executable: str, tf_mode: str
) -> None:
    if executable == "reloc_map_server" and tf_mode == "seed":
        pytest.skip("a map server publishes no TF")
    (profile,) = ElementTree.parse(POLICIES / f"{executable}.policy.xml").getroot().iter("profile")
    name = profile.attrib["node"]
    parameters = {"map": tiny_map} if executable == "reloc_map_server" else {"map_cache": tmp_path, "tf_mode": tf_mode}
    start_node(processes, executable.removeprefix("reloc_"), parameters=parameters)
    # The node is found before what it offers is.
    assert spin_until(ros_node, lambda: (name, "/") in ros_node.get_node_names_and_namespaces())

    def used(ask: str) -> set[str]:
        return {topic for topic, _ in getattr(ros_node, ask)(name, "/")}

    assert spin_until(ros_node, lambda: len(used("get_publisher_names_and_types_by_node")) >= 5)
    assert spin_until(ros_node, lambda: len(used("get_service_names_and_types_by_node")) >= 10)
    for ask, kind, verb in (
        ("get_publisher_names_and_types_by_node", "topic", "publish"),
        ("get_subscriber_names_and_types_by_node", "topic", "subscribe"),
        ("get_service_names_and_types_by_node", "service", "reply"),
        ("get_client_names_and_types_by_node", "service", "request"),
    ):
        found = used(ask)
        assert no_actions(found) <= allowed(profile, kind, verb), (ask, kind, verb)
        assert of_actions(found) <= allowed(profile, "action", "execute"), ask
