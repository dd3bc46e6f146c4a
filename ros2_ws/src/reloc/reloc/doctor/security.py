"""Check whether the middleware of this ROS can encrypt and authenticate (SROS 2)."""

from __future__ import annotations

import os

from reloc.doctor.finding import CheckResult, CheckState
from reloc.doctor.probe import run_python

# Fast DDS names its security plugins in its library only if it was built with them.
_HAS_SECURITY = """
import mmap, re, rclpy
from rclpy.utilities import get_rmw_implementation_identifier
rclpy.init()
rclpy.create_node("reloc_doctor")
rmw = get_rmw_implementation_identifier()
found = {line.split()[-1] for line in open("/proc/self/maps") if re.search(r"lib(fastrtps|fastdds)\\.so", line)}
def has(path):
    with open(path, "rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(b"DDS:Auth:PKI-DH") >= 0
print("unknown" if not found else "yes" if any(map(has, found)) else "no")
"""
_USE = "encrypted and authenticated topics"
_NONE = "none: this Fast DDS is built without its security library; anyone on the network may publish"


def check_security(group: str) -> CheckResult:
    """Report DDS security in one line. Its absence is not an error: signed maps do not need it."""
    probe = run_python(_HAS_SECURITY)
    name = "DDS security"
    if not probe.works:
        return CheckResult(group, name, CheckState.ABSENT, f"unknown: {probe.output}", _USE)
    if probe.output == "no":
        fix = "use a ROS install for SROS 2 (docs/security.md), and map_public_key for maps"
        return CheckResult(group, name, CheckState.ABSENT, _NONE, _USE, fix)
    if probe.output == "unknown":
        return CheckResult(group, name, CheckState.OK, "unknown for this middleware", _USE)
    enabled = os.environ.get("ROS_SECURITY_ENABLE", "").lower() == "true"
    how = f"on, strategy {os.environ.get('ROS_SECURITY_STRATEGY', 'Permissive')}" if enabled else "off"
    return CheckResult(group, name, CheckState.OK, f"built in, {how} (ROS_SECURITY_ENABLE)", _USE)
