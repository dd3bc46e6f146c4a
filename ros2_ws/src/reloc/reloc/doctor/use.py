"""Conclude what will be used on this machine."""

from __future__ import annotations

from collections.abc import Sequence

from reloc.doctor.backend_check import CHOSEN, GROUP
from reloc.doctor.finding import CheckResult, CheckState


def what_is_used(findings: Sequence[CheckResult]) -> list[str]:
    """Return one line for each part of the system."""
    there = {f.name: f.detail for f in findings if f.state is CheckState.OK}
    lines = []
    if "localizer features" in there:
        lines.append(f"localizing: features by default, on the processor ({there.get('cpu', 'unknown')})")
    builds = "pycolmap" in there
    lines.append(f"building maps: {'with triangulated landmarks, by pycolmap' if builds else 'not possible here'}")
    lines.append(f"bags: {'read and written by rosbags' if 'rosbags' in there else 'not readable here'}")
    networks = next((f for f in findings if (f.group, f.name) == (GROUP, CHOSEN)), None)
    if networks is not None:
        works = networks.state is CheckState.OK
        lines.append(f"networks: {networks.detail.partition(':')[0] if works else 'cannot be run here'}")
    if {"rclpy", "reloc_msgs", "tf2_ros", "cv_bridge"} <= set(there):
        lines.append(f"nodes: rclpy over {there.get('RMW', 'an unknown middleware')}; tf2_ros is {there['tf2_ros']}")
    else:
        lines.append("nodes: not available; the command line and the library need no ROS")
    return lines
