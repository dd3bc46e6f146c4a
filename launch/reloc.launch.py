"""Start the localizer, and the map server where there is a map on this machine.

    ros2 launch reloc_node reloc.launch.py map:=/maps/office image:=/camera/image_raw \
        camera_info:=/camera/camera_info

Without ``map`` the localizer fetches one from a map server in its namespace. What is not given here comes
from ``params_file``, a copy of launch/params/reloc.yaml, and from ``expert_params_file``, which may hold lines of
launch/params/reloc_expert.yaml. A parameter that no node declares is refused by name. Both are lifecycle nodes
that start by themselves, unless ``autostart:=false``.
"""

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

from launch import LaunchContext, LaunchDescription

PACKAGE = "reloc_node"
ARGUMENTS = {
    "namespace": ("", "Namespace of both nodes"),
    "use_sim_time": ("false", "Take the time from /clock (a bag or a simulator)"),
    "map": ("", "Folder of the map; empty: the localizer fetches one from a map server"),
    "serve": ("true", "Also start the map server, for other robots and RViz, if there is a map"),
    "image": ("image", "Topic of the images; of compressed ones without /compressed"),
    "camera_info": ("camera_info", "Topic of the camera's calibration"),
    "image_transport": ("", "raw or compressed"),
    "localizer": ("", "Method; see launch/params/README.md"),
    "expert_params_file": ("", "Further parameters of both nodes: lines of params/reloc_expert.yaml; empty: none"),
    "tf_mode": ("", "tf, seed or none"),
    "autostart": ("true", "Configure and activate at start"),
    "log_level": ("info", "debug, info, warn or error"),
}


def is_true(text: str) -> bool:
    """A launch argument as a bool; it may be written as in YAML or in Python."""
    return text.strip().lower() in ("true", "1", "yes", "on")


def nodes(context: LaunchContext) -> list[Node]:
    """The two nodes. Arguments that were left empty do not override the parameter file."""
    given = {name: LaunchConfiguration(name).perform(context) for name in (*ARGUMENTS, "params_file")}
    both = {"use_sim_time": is_true(given["use_sim_time"]), "autostart": is_true(given["autostart"])}
    chosen = {name: given[name] for name in ("map", "image_transport", "localizer", "tf_mode") if given[name]}
    files = [given[name] for name in ("params_file", "expert_params_file") if given[name]]
    common = {
        "package": PACKAGE,
        "namespace": given["namespace"],
        "output": "screen",
        "arguments": ["--ros-args", "--log-level", given["log_level"]],
    }
    localizer = Node(
        executable="localizer",
        name="localizer",
        parameters=[*files, both | chosen],
        remappings=[("image", given["image"]), ("camera_info", given["camera_info"])],
        **common,
    )
    server = Node(
        executable="reloc_map_server",
        name="reloc_map_server",
        parameters=[*files, both | {"map": given["map"]}],
        **common,
    )
    return [server, localizer] if given["map"] and is_true(given["serve"]) else [localizer]


def generate_launch_description() -> LaunchDescription:
    """What ``ros2 launch`` asks for."""
    default_file = PathJoinSubstitution([FindPackageShare(PACKAGE), "params", "reloc.yaml"])
    return LaunchDescription(
        [
            *(DeclareLaunchArgument(name, default_value=v, description=d) for name, (v, d) in ARGUMENTS.items()),
            DeclareLaunchArgument("params_file", default_value=default_file, description="Parameters of both nodes"),
            OpaqueFunction(function=nodes),
        ]
    )
