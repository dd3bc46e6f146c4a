"""Start a map server alone, for the robots of a fleet.

    ros2 launch reloc_node map_server.launch.py map:=/maps/office
    ros2 launch reloc_node map_server.launch.py map:=/maps/office map_server:=/fleet_map

Robots name it: ``ros2 launch reloc_node reloc.launch.py namespace:=robot1 map_server:=/fleet_map``.
"""

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

from launch import LaunchContext, LaunchDescription
from reloc_node.launching.arguments import COMMON
from reloc_node.launching.setups import map_server_setup

PACKAGE = "reloc_node"
SHARE = FindPackageShare(PACKAGE)
ARGUMENTS = COMMON


def nodes(context: LaunchContext) -> list[Node]:
    """The map server."""
    given = {name: LaunchConfiguration(name).perform(context) for name in (*ARGUMENTS, "params_file")}
    profiles = PathJoinSubstitution([SHARE, "params"]).perform(context)
    return [Node(**map_server_setup(given, given["params_file"], profiles).launch_arguments(given))]


def generate_launch_description() -> LaunchDescription:
    """What ``ros2 launch`` asks for."""
    default_file = PathJoinSubstitution([SHARE, "params", "reloc.yaml"])
    return LaunchDescription(
        [
            *(DeclareLaunchArgument(name, default_value=v, description=d) for name, (v, d) in ARGUMENTS.items()),
            DeclareLaunchArgument("params_file", default_value=default_file, description="Parameters of the node"),
            OpaqueFunction(function=nodes),
        ]
    )
