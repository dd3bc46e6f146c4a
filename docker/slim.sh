#!/usr/bin/env bash
# Take out of a finished environment what only building needed. Run in /reloc, in the CPU image's first stage.
set -euo pipefail
cd "$(dirname "$0")/.."
.venv/bin/python -m pip uninstall --quiet --yes --requirement docker/not_needed_to_run.txt
# Headers and CMake files of the ROS wheels; tests of other packages.
rm -rf build docker .venv/include .venv/share/*/cmake
rm -rf ros2_ws/src/reloc_demo .venv/lib/reloc_demo .venv/share/reloc_demo
find .venv/lib/python3*/site-packages -type d -name tests -path '*/site-packages/*/*' -prune \
    \( -path '*/scipy/*' -o -path '*/numpy/*' -o -path '*/matplotlib/*' \) -exec rm -rf {} +
# The container's user writes no byte code there.
.venv/bin/python -m compileall -q ros2_ws/src/reloc ros2_ws/src/reloc_node ros2_ws/pip_overlay
