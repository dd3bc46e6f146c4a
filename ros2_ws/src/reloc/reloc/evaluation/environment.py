"""On what the figures were measured."""

from __future__ import annotations

import os
import platform
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import reloc

PACKAGES = ("numpy", "scipy", "opencv-python-headless", "opencv-python", "poselib", "pycolmap", "faiss-cpu")


def cpu_name() -> str:
    """Model of the processor and how many cores this process may use."""
    return f"{_cpu_model()}, {usable_cores()} cores"


def usable_cores() -> int:
    """Cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def versions() -> dict[str, str]:
    """Versions of reloc, Python and the libraries that shape the answers, of those installed."""
    found = {"reloc": reloc.__version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _cpu_model() -> str:
    try:
        match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        match = None
    return match[1].strip() if match else platform.processor() or platform.machine()
