"""Check ROS 2: rclpy, middleware, domain, messages, and whether tf2_ros and cv_bridge are ROS's own or stand-ins."""

from __future__ import annotations

import os

from reloc.doctor.finding import CheckResult, CheckState
from reloc.doctor.probe import probe_import, run_python
from reloc.doctor.security import check_security

GROUP = "ros"
_INSTALL = "source /opt/ros/jazzy/setup.bash, or run `make setup` in reloc's repository"
_RMW = "from rclpy.utilities import get_rmw_implementation_identifier as f; print(f())"

# ROS's own packages load a compiled module, which the stand-ins of pip_overlay do not need.
_IS_REAL = """
import importlib.util, sys
module, compiled = sys.argv[1:3]
importlib.import_module(module)
print("real" if importlib.util.find_spec(compiled) else "stand-in")
"""
_COMPILED = {"tf2_ros": "tf2_py", "cv_bridge": "cv_bridge.boost"}


def check_ros() -> list[CheckResult]:
    """Check what the nodes need. Core, maps and evaluation work without it."""
    rclpy = probe_import("rclpy")
    if not rclpy.works:
        state = CheckState.ABSENT if rclpy.absent else CheckState.PROBLEM
        detail = "not installed" if rclpy.absent else f"import fails: {rclpy.output}"
        return [CheckResult(GROUP, "rclpy", state, detail, "the nodes; maps and evaluation work without ROS", _INSTALL)]
    rmw = run_python(_RMW)
    return [
        CheckResult(GROUP, "rclpy", CheckState.OK, rclpy.output, "the nodes"),
        CheckResult(
            GROUP, "ROS_DISTRO", CheckState.OK, os.environ.get("ROS_DISTRO", "not set: ROS from Python wheels")
        ),
        CheckResult(
            GROUP,
            "RMW",
            CheckState.OK if rmw.works else CheckState.PROBLEM,
            rmw.output,
            "",
            "" if rmw.works else _INSTALL,
        ),
        CheckResult(GROUP, "domain", CheckState.OK, _domain(), "nodes see each other only within one domain"),
        check_security(GROUP),
        _messages(),
        *(_real_or_stand_in(module) for module in _COMPILED),
    ]


def _domain() -> str:
    reach = os.environ.get("ROS_AUTOMATIC_DISCOVERY_RANGE", "SUBNET")
    return f"ROS_DOMAIN_ID {os.environ.get('ROS_DOMAIN_ID', '0 (default)')}, discovery range {reach}"


def _messages() -> CheckResult:
    probe = run_python("import reloc_msgs.msg; print('built')")
    fix = "" if probe.works else "colcon build --packages-up-to reloc_node, or `make setup`"
    state = CheckState.OK if probe.works else CheckState.ABSENT if probe.absent else CheckState.PROBLEM
    return CheckResult(
        GROUP, "reloc_msgs", state, probe.output if probe.works else "not built", "the nodes' messages", fix
    )


def _real_or_stand_in(module: str) -> CheckResult:
    probe = run_python(_IS_REAL, module, _COMPILED[module])
    if not probe.works:
        fix = f"sudo apt install ros-jazzy-{module.replace('_', '-')}, or `make setup`"
        state = CheckState.ABSENT if probe.absent else CheckState.PROBLEM
        return CheckResult(GROUP, module, state, "not installed" if probe.absent else probe.output, "the nodes", fix)
    origin = "ROS's own" if probe.output == "real" else "reloc's stand-in (pip_overlay)"
    return CheckResult(GROUP, module, CheckState.OK, origin, "the nodes")
