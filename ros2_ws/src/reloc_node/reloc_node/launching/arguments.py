"""The arguments of the launch files: name, default, meaning. An empty one leaves the parameter file's value."""

from __future__ import annotations

import math
from collections.abc import Mapping

from reloc.errors import ConfigError
from reloc_node.node_log import shown

Arguments = dict[str, tuple[str, str]]

COMMON: Arguments = {
    "namespace": ("", "Namespace of the nodes"),
    "use_sim_time": ("false", "Take the time from /clock (a bag or a simulator)"),
    "map": ("", "Folder of the map; empty: the localizer fetches one from a map server"),
    "map_server": ("", "Name of the map server; with a leading / that of another namespace, shared by several robots"),
    "map_info": ("", "Topic on which the map server announces its map; empty: map_info beside the map server"),
    "profile": ("", "desktop or jetson: a set of parameters in params/, below those of the other arguments"),
    "expert_params_file": ("", "Further parameters: lines of params/reloc_expert.yaml; empty: none"),
    "autostart": ("true", "Configure and activate at start; false: a lifecycle manager does it"),
    "respawn": ("true", "Start a node again that ended"),
    "respawn_delay": ("2.0", "Seconds before it is started again"),
    "log_level": ("info", "debug, info, warn or error"),
}
LOCALIZER: Arguments = {
    "serve": ("true", "Also start the map server, for other robots and RViz, if there is a map"),
    "image": ("image", "Topic of the images; of compressed ones without /compressed"),
    "camera_info": ("camera_info", "Topic of the camera's calibration"),
    "image_transport": ("", "raw or compressed"),
    "localizer": ("", "Method; see launch/params/README.md"),
    "tf_mode": ("", "tf, seed or none"),
    "tf": ("/tf", "Topic of transforms; tf: that of the robot's namespace"),
    "tf_static": ("/tf_static", "Topic of fixed transforms; tf_static: that of the robot's namespace"),
    "map_frame": ("", "Frame of the map; empty: the one that the map names"),
    "odom_frame": ("", "Frame of the odometry"),
    "base_frame": ("", "Frame of the robot"),
    "camera_frame": ("", "Optical frame of the camera; empty: the one in the images"),
    "rviz": ("false", "Also start RViz with launch/rviz/reloc.rviz"),
}
REPLAY: Arguments = {
    "bag": ("", "Folder of the rosbag2, or a .db3 or .mcap file; must be given"),
    "rate": ("1.0", "Times real time"),
    "loop": ("false", "Begin again at the end"),
    "keep_tf": ("false", "Also play the bag's own map -> odom, which the localizer publishes"),
}
PROFILES = ("", "desktop", "jetson")


def is_true(text: str) -> bool:
    """A launch argument as a bool; it may be written as in YAML or in Python."""
    return text.strip().lower() in ("true", "1", "yes", "on")


def seconds(given: Mapping[str, str], name: str) -> float:
    """Return a launch argument as a time of 0 s or more.

    Raises:
        ConfigError: it is not a finite number, or negative.
    """
    try:
        found = float(given[name])
    except ValueError:
        found = math.nan
    if not 0.0 <= found < math.inf:
        raise ConfigError(f"{name}:={shown(given[name])} is not a time", f"Give seconds, such as {name}:=2.0")
    return found
