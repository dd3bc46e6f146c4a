"""Check Python, processor and GPU."""

from __future__ import annotations

import platform
import re
import sys
from pathlib import Path

from reloc.doctor.finding import CheckResult, CheckState
from reloc.doctor.probe import run_command
from reloc.evaluation.environment import cpu_name

GROUP = "machine"
OLDEST_PYTHON = (3, 11)

# Flag in /proc/cpuinfo -> what it speeds up. Names of x86, then of ARM.
FLAGS = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx512_vnni": "AVX-512 VNNI (int8)",
    "avx_vnni": "AVX VNNI (int8)",
    "avx512_bf16": "AVX-512 BF16",
    "amx_tile": "AMX",
    "amx_bf16": "AMX BF16",
    "amx_int8": "AMX int8",
    "asimd": "NEON",
    "asimdhp": "NEON fp16",
    "asimddp": "NEON dot product (int8)",
    "bf16": "BF16",
    "sve": "SVE",
}


def check_machine() -> list[CheckResult]:
    """Return Python, the processor's name and vector instructions, and the GPU."""
    return [_python(), CheckResult(GROUP, "cpu", CheckState.OK, cpu_name()), _instructions(), _gpu()]


def _python() -> CheckResult:
    oldest = ".".join(map(str, OLDEST_PYTHON))
    fits = sys.version_info[:2] >= OLDEST_PYTHON
    detail = f"{platform.python_version()} at {sys.executable}"
    fix = "" if fits else f"reloc needs Python {oldest} or newer: sudo apt install python{oldest}"
    return CheckResult(GROUP, "python", CheckState.OK if fits else CheckState.PROBLEM, detail, "", fix, essential=True)


def _instructions() -> CheckResult:
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return CheckResult(GROUP, "instructions", CheckState.ABSENT, f"unknown on {platform.system()}")
    present = cpu_flags(text)
    return CheckResult(
        GROUP, "instructions", CheckState.OK, ", ".join(present) or "none that help here", "speed of networks"
    )


def cpu_flags(cpuinfo: str) -> list[str]:
    """Return the entries of :data:`FLAGS` that ``/proc/cpuinfo`` lists."""
    match = re.search(r"^(?:flags|Features)\s*:\s*(.*)$", cpuinfo, re.MULTILINE)
    flags = set(match[1].split()) if match else set()
    return [label for flag, label in FLAGS.items() if flag in flags]


def _gpu() -> CheckResult:
    use = "networks; the classical localizers use only the processor"
    probe = run_command(["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"])
    if probe.works:
        return CheckResult(GROUP, "gpu", CheckState.OK, probe.output, use)
    jetson = Path("/proc/device-tree/model")
    if jetson.exists() and "jetson" in (model := jetson.read_text(errors="replace").strip("\0\n ")).lower():
        return CheckResult(GROUP, "gpu", CheckState.OK, model, use)
    if probe.absent:
        return CheckResult(GROUP, "gpu", CheckState.ABSENT, "no NVIDIA GPU or driver found", use)
    fix = "sudo ubuntu-drivers install, then restart; in a container: docker run --gpus all"
    return CheckResult(GROUP, "gpu", CheckState.PROBLEM, f"nvidia-smi fails: {probe.output}", use, fix)
