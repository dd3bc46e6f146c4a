"""Start the localizer, and the map server where there is a map on this machine.

    ros2 launch reloc_node reloc.launch.py map:=/maps/office image:=/camera/image_raw \
        camera_info:=/camera/camera_info

Without ``map`` the localizer fetches one from a map server. Several robots with one map server:

    ros2 launch reloc_node map_server.launch.py map:=/maps/office map_server:=/fleet_map
    ros2 launch reloc_node reloc.launch.py namespace:=robot1 map_server:=/fleet_map tf:=tf tf_static:=tf_static

What is not given here comes from ``params_file``, a copy of launch/params/reloc.yaml, and from
``expert_params_file``, which may hold lines of launch/params/reloc_expert.yaml. A parameter that no node declares
is refused by name. ``ros2 launch reloc_node reloc.launch.py --show-args`` lists all arguments; docs/launch.md explains.
"""

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.conditions import IfCondition
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.actions import Node
from launch_ros.substitutions import FindPackageShare

from launch import LaunchContext, LaunchDescription
from reloc_node.launching.arguments import COMMON, LOCALIZER
from reloc_node.launching.setups import setups

PACKAGE = "reloc_node"
ARGUMENTS = COMMON | LOCALIZER
SHARE = FindPackageShare(PACKAGE)


def nodes(context: LaunchContext) -> list[Node]:
    """The nodes that the arguments ask for."""
    given = {name: LaunchConfiguration(name).perform(context) for name in (*ARGUMENTS, "params_file")}
    profiles = PathJoinSubstitution([SHARE, "params"]).perform(context)
    return [Node(**setup.launch_arguments(given)) for setup in setups(given, given["params_file"], profiles)]


def generate_launch_description() -> LaunchDescription:
    """What ``ros2 launch`` asks for."""
    default_file = PathJoinSubstitution([SHARE, "params", "reloc.yaml"])
    rviz = Node(
        package="rviz2",
        executable="rviz2",
        arguments=["-d", PathJoinSubstitution([SHARE, "rviz", "reloc.rviz"])],
        condition=IfCondition(LaunchConfiguration("rviz")),
    )
    return LaunchDescription(
        [
            *(DeclareLaunchArgument(name, default_value=v, description=d) for name, (v, d) in ARGUMENTS.items()),
            DeclareLaunchArgument("params_file", default_value=default_file, description="Parameters of both nodes"),
            OpaqueFunction(function=nodes),
            rviz,
        ]
    )
