"""Play a bag and localize in it: simulated time, without the bag's own map -> odom.

    ros2 launch reloc_node replay.launch.py bag:=drive/ map:=/maps/office image:=/camera/image_raw \
        camera_info:=/camera/camera_info image_transport:=compressed

All arguments of reloc.launch.py may be given, too.
"""

from launch.actions import DeclareLaunchArgument, ExecuteProcess, IncludeLaunchDescription, OpaqueFunction, Shutdown
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration, PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

from launch import LaunchContext, LaunchDescription
from reloc_node.launching.arguments import LOCALIZER, REPLAY, is_true
from reloc_node.launching.replay_command import replay_command

PACKAGE = "reloc_node"
ARGUMENTS = REPLAY | {name: LOCALIZER[name] for name in ("image", "camera_info", "image_transport")}


def player(context: LaunchContext) -> list[ExecuteProcess]:
    """`reloc replay`; at the bag's end everything ends."""
    given = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    end = [] if is_true(given["loop"]) else [Shutdown(reason="the bag has ended")]
    return [ExecuteProcess(cmd=replay_command(given), output="screen", on_exit=end)]


def generate_launch_description() -> LaunchDescription:
    """What ``ros2 launch`` asks for."""
    reloc = PathJoinSubstitution([FindPackageShare(PACKAGE), "launch", "reloc.launch.py"])
    return LaunchDescription(
        [
            *(DeclareLaunchArgument(name, default_value=v, description=d) for name, (v, d) in ARGUMENTS.items()),
            IncludeLaunchDescription(
                PythonLaunchDescriptionSource(reloc), launch_arguments={"use_sim_time": "true"}.items()
            ),
            OpaqueFunction(function=player),
        ]
    )
