"""Write the pages that the code declares."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

NOTE = "*Generated from the code.*\n"
# What every node has, and nobody looks up here.
_OF_ALL_NODES = re.compile(
    r"/rosout|/parameter_events|/clock|~/(\w+_parameters?\w*|\w+_parameter_types|get_\w*(state|transition)\w*|change_state"
    r"|transition_event|get_type_description)"
)
_WORDS = {
    ("topics", "publish"): "publishes",
    ("topics", "subscribe"): "subscribes",
    ("services", "reply"): "service",
    ("services", "request"): "calls",
    ("actions", "execute"): "action",
    ("actions", "call"): "calls",
}
PLUGINS = {
    "A localizer": ("reloc.localizers.localizer", "Localizer"),
    "A source of maps": ("reloc.maps.source", "Source"),
    "A frame of a source": ("reloc.maps.source", "SourceFrame"),
    "What a method is asked": ("reloc.datatypes", "Query"),
}


def write(root: Path, out: Path) -> set[str]:
    """Write all pages. Return their names in the site."""
    made = {
        "reference/commands.md": commands(),
        "reference/topics.md": topics(root),
        "reference/messages.md": messages(root),
        "reference/python.md": python(),
        "reference/plugins.md": plugins(),
        "reference/errors.md": errors(),
    }
    (out / "reference").mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (out / name).write_text(text, encoding="utf-8")
    return set(made)


def commands() -> str:
    """Return the help of every command."""
    from reloc.cli.main import build_parser

    lines = ["# Commands", "", NOTE]
    for words, parser in _parsers("reloc", build_parser()):
        lines += [
            f"{'#' * (1 + len(words.split()))} `{words}`",
            "",
            "```text",
            parser.format_help().rstrip(),
            "```",
            "",
        ]
    return "\n".join(lines)


def _parsers(words: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    yield words, parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from _parsers(f"{words} {name}", below)


def topics(root: Path) -> str:
    """Return what each node publishes, subscribes and offers, from the SROS 2 policies, which tests compare with
    running nodes.
    """
    lines = ["# Topics and services", "", NOTE, "Names are those without remapping. `~` is the node's own name. "
             "[ROS 2 nodes](../docs/ros.md) says what they mean.", ""]  # fmt: skip
    for file in sorted((root / "launch" / "sros2").glob("*.policy.xml")):
        for profile in ElementTree.parse(file).getroot().iter("profile"):
            rows = sorted({row for row in _rows(profile) if not _OF_ALL_NODES.fullmatch(row[1])})
            lines += [f"## `{profile.get('node')}`", "", "| | Name |", "|---|---|"]
            lines += [f"| {what} | `{name}` |" for what, name in rows] + [""]
    return "\n".join(lines)


def _rows(profile: ElementTree.Element) -> Iterator[tuple[str, str]]:
    for group in profile:
        for way in group.attrib:
            yield from ((_WORDS[group.tag, way], (entry.text or "").strip()) for entry in group)


def messages(root: Path) -> str:
    """Return the definition of every message, service and action."""
    lines = ["# Messages, services and actions", "", NOTE]
    for kind in ("msg", "srv", "action"):
        for file in sorted((root / "ros2_ws" / "src" / "reloc_msgs" / kind).glob(f"*.{kind}")):
            lines += [f"## `reloc_msgs/{kind}/{file.stem}`", "", "```text", file.read_text().rstrip(), "```", ""]
    return "\n".join(lines)


def python() -> str:
    """Return the public names of `reloc`, to be filled from their docstrings."""
    import reloc

    lines = [
        "# Python interface",
        "",
        NOTE,
        "All these names are imported from `reloc`: `from reloc import Relocalizer`.",
        "",
    ]
    for name in reloc.__all__:
        module, attribute = reloc._PUBLIC[name]
        lines += _entry(name, module, attribute)
    return "\n".join(lines)


def plugins() -> str:
    """Return the interfaces that a plugin implements."""
    lines = ["# Writing plugins", "", NOTE, "[Contributing](../CONTRIBUTING.md) has a whole example.", ""]
    for title, (module, attribute) in PLUGINS.items():
        lines += _entry(title, module, attribute)
    return "\n".join(lines)


def errors() -> str:
    """Return all errors."""
    return "\n".join(["# Errors", "", NOTE, "::: reloc.errors", "    options:", "      heading_level: 2", ""])


def _entry(title: str, module: str, attribute: str) -> list[str]:
    return [f"## {title}", "", f"::: {module}.{attribute}", "    options:", "      heading_level: 4", ""]
