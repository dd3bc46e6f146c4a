"""Arguments of the launch files: what is started, and the command lines that ROS is given."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from random import Random

import rclpy
from rclpy.context import Context

from fuzz.mutation import words
from fuzz.target import Target
from fuzz.targets._messages import tree_of
from reloc_node.launching.arguments import COMMON, LOCALIZER, REPLAY, is_true, seconds
from reloc_node.launching.replay_command import replay_command
from reloc_node.launching.setups import setups

DEFAULTS = {name: value for name, (value, _) in (COMMON | LOCALIZER | REPLAY).items()}


class LaunchArguments(Target):
    """JSON: values by name. Others have their defaults; ``launch`` hands over texts only."""

    name, needs, cost = "launch_arguments", "rclpy", 3

    def open(self, folder: Path) -> None:
        """Where rclpy may write its log."""
        os.environ["ROS_LOG_DIR"] = str(folder / "log")

    def seeds(self) -> Sequence[bytes]:
        """Each argument that has a use, and a robot of a fleet."""
        fleet = {"namespace": "robot1", "map_server": "/fleet/maps", "tf": "tf", "tf_static": "tf_static"}
        played = {"bag": "drive/", "image_transport": "compressed", "loop": "true", "keep_tf": "yes", "rate": "0.5"}
        plain = {"map": "/maps/office", "image": "/camera/image_raw", "profile": "jetson", "respawn_delay": "3"}
        return [json.dumps({"bag": "drive"} | given).encode() for given in ({}, plain, fleet, played)]

    def mutate(self, data: bytes, others: Sequence[bytes], random: Random) -> bytes:
        """Other values."""
        given = tree_of(data)
        given = given if isinstance(given, dict) else {}
        for _ in range(random.choice((1, 1, 2))):
            name = random.choice(list(DEFAULTS))
            former = str(given.get(name, DEFAULTS[name])).encode("utf-8", "replace")
            value = random.choice((*words.NUMBERS, *words.WORDS, words.mutate(former or b"x", (), random)))
            given[name] = value.decode("utf-8", "surrogateescape")
        return json.dumps(given).encode()

    def run(self, data: bytes) -> None:
        """Everything that the launch files work out; then rclpy reads the node's arguments."""
        tree = tree_of(data)
        told = {k: v for k, v in tree.items() if isinstance(v, str)} if isinstance(tree, dict) else {}
        given = DEFAULTS | {name: value for name, value in told.items() if name in DEFAULTS}
        is_true(given["respawn"]), seconds(given, "respawn_delay")
        replay_command(given)
        for setup in setups(given, "", "/share/params"):
            context = Context()
            try:
                rclpy.init(args=["node", *setup.ros_arguments()], context=context)
            except Exception:  # the node says so and ends: see reloc_node.running
                continue
            rclpy.shutdown(context=context)


TARGET = LaunchArguments()
