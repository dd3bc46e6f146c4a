"""What the launch files start, from their arguments alone: no launch is needed to work it out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

pytest.importorskip("rclpy", reason="ROS 2 is not there: run `make setup`")

from reloc.errors import ConfigError
from reloc_node.launching.arguments import COMMON, LOCALIZER, PROFILES, REPLAY, seconds
from reloc_node.launching.node_setup import NodeSetup
from reloc_node.launching.replay_command import replay_command
from reloc_node.launching.setups import setups
from reloc_node.parameter_groups import MAP_SERVER

DEFAULTS = {name: value for name, (value, _) in (COMMON | LOCALIZER).items()}


def started(**given: str) -> dict[str, NodeSetup]:
    return {setup.executable: setup for setup in setups(DEFAULTS | given, "/etc/reloc.yaml", "/share/params")}


def test_defaults_start_a_localizer_that_leaves_the_file_its_say() -> None:
    (localizer,) = started().values()
    assert localizer.parameters == {"use_sim_time": False, "autostart": True}
    assert localizer.remappings == ()
    assert localizer.parameter_files == ("/etc/reloc.yaml",)


def test_a_map_is_also_served_unless_not_wanted() -> None:
    both = started(map="/maps/office")
    assert list(both) == [MAP_SERVER, "localizer"]
    assert both[MAP_SERVER].parameters["map"] == both["localizer"].parameters["map"] == "/maps/office"
    assert list(started(map="/maps/office", serve="False")) == ["localizer"]


def test_robots_of_a_fleet_share_a_map_server_of_another_namespace() -> None:
    given = {"map_server": "/fleet/maps", "tf": "tf", "tf_static": "tf_static"}
    localizer = started(namespace="robot1", **given)["localizer"]
    assert localizer.parameters["map_server"] == "/fleet/maps"
    remaps = dict(localizer.remappings)
    assert remaps == {"/tf": "tf", "/tf_static": "tf_static", "map_info": "/fleet/map_info"}
    server = started(map="/maps/office", **given)[MAP_SERVER]
    assert (server.namespace, server.name) == ("/fleet", "maps")
    root = started(map="/maps/office", map_server="/fleet_map", namespace="robot1")
    assert (root[MAP_SERVER].namespace, root[MAP_SERVER].name) == ("", "fleet_map")
    assert dict(root["localizer"].remappings)["map_info"] == "/map_info"


def test_a_topic_for_the_map_is_the_same_for_both() -> None:
    both = started(map="/maps/office", map_info="/our_map")
    assert all(("map_info", "/our_map") in setup.remappings for setup in both.values())


@pytest.mark.parametrize("value", ["", "soon", "-1", "nan", "inf", "1e999", "1_0x", "\0", "2,5"])
def test_a_delay_that_is_no_time_is_named(value: str) -> None:
    with pytest.raises(ConfigError, match=r"respawn_delay:=.* is not a time"):
        seconds({"respawn_delay": value}, "respawn_delay")


def test_a_delay_is_in_seconds() -> None:
    assert seconds({"respawn_delay": " 2.5 "}, "respawn_delay") == 2.5


def test_frames_and_profile() -> None:
    localizer = started(base_frame="robot1/base_link", odom_frame="robot1/odom", profile="jetson")["localizer"]
    assert localizer.parameters["base_frame"] == "robot1/base_link"
    assert localizer.parameter_files == ("/etc/reloc.yaml", "/share/params/jetson.yaml")
    with pytest.raises(ConfigError, match="desktop, jetson"):
        started(profile="phone")


def test_a_bag_is_played_when_the_localizer_listens() -> None:
    given = {name: value for name, (value, _) in (REPLAY | LOCALIZER).items()}
    with pytest.raises(ConfigError, match="bag:="):
        replay_command(given)
    command = replay_command(given | {"bag": "drive", "image": "/cam/image_raw", "image_transport": "compressed"})
    assert command[:3] == ["reloc", "replay", "drive"]
    assert command[command.index("--wait-for") + 1] == "/cam/image_raw/compressed"
    assert not {"--loop", "--keep-tf"} & set(command)
    assert {"--loop", "--keep-tf"} <= set(replay_command(given | {"bag": "d", "loop": "true", "keep_tf": "True"}))


def flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, value in values.items():
        out |= flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {prefix + name: value}
    return out


@pytest.mark.parametrize("profile", [p for p in PROFILES if p])
def test_profiles_set_parameters_that_exist_to_other_values(root: Path, profile: str) -> None:
    def of(name: str) -> dict[str, Any]:
        return flat(yaml.safe_load((root / "launch/params" / name).read_text())["/**/localizer"]["ros__parameters"])

    known = of("reloc.yaml") | of("reloc_expert.yaml")
    for name, value in of(f"{profile}.yaml").items():
        assert name in known
        assert type(value) is type(known[name])
        assert value != known[name]
