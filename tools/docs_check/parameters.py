"""Check ROS parameters and launch arguments: a page may name only declared ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from docs_check.text import Page
from reloc_node.launching import arguments

_ROW = re.compile(r"^\| `([\w.]+)` \|", re.MULTILINE)
_ARGUMENTS = re.compile(r"^ARGUMENTS = (.*)$|DeclareLaunchArgument\((\"\w+\")", re.MULTILINE)
_DOTTED = re.compile(r"[a-z]\w*\.[a-z]\w*")
_VALUED = re.compile(r"([a-z]\w*): \S+")
_NODES = ("", "localizer", "reloc_map_server")  # the empty name is that of a wildcard
_ALWAYS = frozenset({"use_sim_time"})  # parameters of ROS itself


@cache
def declared(root: Path) -> frozenset[str]:
    """Return the names of all parameters, from the generated table, which a test compares with the code."""
    return frozenset(_ROW.findall((root / "launch" / "params" / "README.md").read_text())) | _ALWAYS


@cache
def launch_arguments(file: Path) -> frozenset[str]:
    """Return the names of a launch file's arguments: those of its groups, and its own."""
    text = " ".join(first or second for first, second in _ARGUMENTS.findall(file.read_text()))
    groups = (getattr(arguments, name) for name in re.findall(r"\b[A-Z]+\b", text))
    return frozenset(re.findall(r'"(\w+)"', text)).union(*groups)


def check_parameter(name: str, root: Path) -> str:
    """Return the problem with a parameter's name; empty if it is declared."""
    return "" if name in declared(root) else f"no node declares the parameter {name}"


def check_spans(page: Page, root: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the problem of each parameter in a code span, written `gate.looks` or `solver: matched`."""
    groups = {name.partition(".")[0] for name in declared(root) if "." in name}
    leaves = {name.rpartition(".")[2] for name in declared(root)}
    for line, text in page.spans:
        if _DOTTED.fullmatch(text) and text.partition(".")[0] in groups and not text.endswith((".py", ".md", ".npy")):
            trouble = check_parameter(text, root)
        elif (found := _VALUED.fullmatch(text)) and found[1] not in leaves:
            trouble = f"no node declares a parameter {found[1]}"
        else:
            continue
        if trouble:
            yield line, trouble


def check_file(tree: Any, root: Path) -> Iterator[str]:
    """Yield the problem of each parameter in the content of a parameter file."""
    if not isinstance(tree, Mapping):
        return
    for name, below in tree.items():
        if isinstance(below, Mapping) and "ros__parameters" in below and name.strip("/*") not in _NODES:
            continue  # another package's node
        if name == "ros__parameters":
            for parameter in _leaves(below, ""):
                if trouble := check_parameter(parameter, root):
                    yield trouble
        else:
            yield from check_file(below, root)


def _leaves(tree: Any, prefix: str) -> Iterator[str]:
    if not isinstance(tree, Mapping):
        yield prefix
        return
    for name, below in tree.items():
        yield from _leaves(below, f"{prefix}.{name}" if prefix else str(name))
