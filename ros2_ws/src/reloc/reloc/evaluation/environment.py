"""Describe the machine and software of a measurement."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from reloc.backends.hardware.processor import model_name
from reloc.threads import usable_cores
from reloc.version import VERSION

PACKAGES = ("numpy", "scipy", "opencv-python-headless", "opencv-python", "poselib", "pycolmap", "faiss-cpu")


def cpu_name() -> str:
    """Return the processor's model and how many cores this process may use."""
    return f"{model_name()}, {usable_cores()} cores"


def versions() -> dict[str, str]:
    """Return the installed versions of reloc, Python and the libraries that influence the answers."""
    found = {"reloc": VERSION, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
