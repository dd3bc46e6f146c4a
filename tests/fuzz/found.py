"""Finds targets: each file in ``targets/`` that sets ``TARGET``, as far as what it needs is installed."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil

from fuzz.target import Target

# What a machine without ROS, or one that only localizes, lacks. Anything else that is missing is an error.
OPTIONAL = (
    "rclpy",
    "diagnostic_msgs",
    "geometry_msgs",
    "cv_bridge",
    "tf2_ros",
    "tf2_msgs",
    "reloc_msgs",
    "reloc_node",
    "pycolmap",
    "onnx",
    "onnxruntime",
)


def all_targets(package: str = "fuzz.targets") -> tuple[dict[str, Target], dict[str, str]]:
    """Targets in a package by name, and by name why one is left out."""
    path = importlib.import_module(package).__path__
    there: dict[str, Target] = {}
    left_out: dict[str, str] = {}
    for module in sorted(m.name for m in pkgutil.iter_modules(path) if not m.name.startswith("_")):
        try:
            target: Target = importlib.import_module(f"{package}.{module}").TARGET
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in OPTIONAL:
                raise
            left_out[module] = f"{error.name} is not installed"
            continue
        if target.needs and importlib.util.find_spec(target.needs) is None:
            left_out[target.name] = f"{target.needs} is not installed"
            continue
        there[target.name] = target
    return there, left_out
