#!/bin/bash
# Source ROS and the workspace, which also puts `reloc` on the path, then become the command.
set -e
source /opt/ros/jazzy/setup.bash
source /reloc/ros2_ws/install/setup.bash
exec "$@"
