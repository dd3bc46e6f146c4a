"""Beside Nav2 with AMCL: send AMCL one verified pose when it has none or a wrong one, and publish no TF.

    ros2 launch reloc_node nav2_seed.launch.py map:=/maps/office image:=/camera/image_raw \
        camera_info:=/camera/camera_info

All arguments of reloc.launch.py may be given, too.
"""

from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import PathJoinSubstitution
from launch_ros.substitutions import FindPackageShare

from launch import LaunchDescription


def generate_launch_description() -> LaunchDescription:
    """What ``ros2 launch`` asks for."""
    reloc = PathJoinSubstitution([FindPackageShare("reloc_node"), "launch", "reloc.launch.py"])
    seed = {"tf_mode": "seed"}.items()
    return LaunchDescription([IncludeLaunchDescription(PythonLaunchDescriptionSource(reloc), launch_arguments=seed)])
