"""Write the parameter files and the table of parameters from the config dataclasses.

After changing a parameter, run ``python -m reloc_node.parameter_files``. A test compares the files with its output.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml

from reloc.config import Parameter, parameters, shared_configs
from reloc_node.parameter_groups import LOCALIZER, NODES, Group, groups, method_groups, named, own_groups

_COMMAND = "python -m reloc_node.parameter_files"
_WIDTH = 118
BASIC_FILE, EXPERT_FILE, TABLE = "reloc.yaml", "reloc_expert.yaml", "README.md"
_BASIC_HEAD = f"""\
# What a user sets, with the defaults. Copy this file, change the copy, and name it with params_file:=.
# docs/parameters.md says how; {EXPERT_FILE} holds all other parameters.
# Made from the config dataclasses by `{_COMMAND}`.
"""
_EXPERT_HEAD = f"""\
# The parameters that are not in {BASIC_FILE}, with the defaults. Copy only the lines that you change into a file of
# your own, and name it with expert_params_file:=. docs/parameters.md says how.
# Made from the config dataclasses by `{_COMMAND}`.
"""
_TABLE_HEAD = f"""\
<!-- Made by `{_COMMAND}` from the config dataclasses. -->

# Parameters

[docs/parameters.md](../../docs/parameters.md) says how to set them. Those marked *expert* are in `{EXPERT_FILE}`, the
others in `{BASIC_FILE}`.
"""


def basic_text() -> str:
    """Return the file of the basic parameters. ``/**`` matches any namespace."""
    lines = [_BASIC_HEAD]
    for node in NODES:
        lines += _node_head(node)
        for group in own_groups(node):
            lines += _block(group, lambda p: not p.expert)
        lines += _network_block() if node == LOCALIZER else []
    return "".join(lines)


def expert_text() -> str:
    """Return the file of all parameters that the basic one does not set."""
    lines = [_EXPERT_HEAD]
    for node in NODES:
        lines += _node_head(node)
        for group in own_groups(node):
            lines += _block(group, lambda p: p.expert)
        for group in method_groups(node):
            lines += _block(group, lambda p: True)
    return "".join(lines)


def table_text() -> str:
    """Return all parameters as Markdown tables."""
    parts = [_TABLE_HEAD]
    for node in NODES:
        for prefix, cls in groups(node):
            title = f"`{node}`" + (f": `{prefix}.*`" if prefix else "")
            parts.append(f"\n## {title}\n\n")
            parts += [f"It also takes all of `{one.prefix}.*`.\n\n" for one in shared_configs(cls)]
            parts.append("| Parameter | Default | Allowed | Meaning | |\n|---|---|---|---|---|\n")
            parts += [_row(name, p) for name, p in named((prefix, cls))]
    return "".join(parts)


def shown() -> list[str]:
    """Return the names in the basic file. A parameter that several methods share appears once, as ``METHOD.model``."""
    own = (name for node in NODES for group in own_groups(node) for name, p in named(group) if not p.expert)
    return [*own, *(f"METHOD.{p.name}" for _, common in _common_of_methods() for p in common)]


def files(folder: Path) -> dict[Path, str]:
    """Return the content of ``launch/params`` by path."""
    return {folder / BASIC_FILE: basic_text(), folder / EXPERT_FILE: expert_text(), folder / TABLE: table_text()}


def main() -> None:
    """Write the files into the repository that this package was installed from (``pip install -e``)."""
    folder = Path(__file__).resolve().parents[4] / "launch" / "params"
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files(folder).items():
        path.write_text(text)
        print(path)


def _node_head(node: str) -> list[str]:
    return [f"\n/**/{node}:\n", "  ros__parameters:\n"]


def _block(group: Group, chosen: Callable[[Parameter], bool]) -> list[str]:
    prefix, cls = group
    found = [p for p in parameters(cls) if chosen(p)]
    if not found:
        return []
    lines = [f"\n    {prefix}:\n"] if prefix else []
    return lines + _entries(found, 6 if prefix else 4)


def _network_block() -> list[str]:
    lines = []
    for methods, common in _common_of_methods():
        head = f"Each of the methods {', '.join(methods)} also takes these, under its own name, for example:"
        lines += ["\n", *(f"    # {line}\n" for line in textwrap.wrap(head, _WIDTH - 6)), f"    # {methods[-1]}:\n"]
        lines += [f"    # {line[4:]}" for line in _entries(common, 6)]
    return lines


def _common_of_methods() -> Iterator[tuple[list[str], tuple[Parameter, ...]]]:
    """Return the basic parameters of a method. Those that several methods share appear once, with all their names."""
    found: dict[tuple[Parameter, ...], list[str]] = {}
    for prefix, cls in method_groups(LOCALIZER):
        if basic := tuple(p for p in parameters(cls) if not p.expert):
            found.setdefault(basic, []).append(prefix)
    return ((methods, common) for common, methods in found.items())


def _entries(found: list[Parameter] | tuple[Parameter, ...], indent: int) -> list[str]:
    space, lines = " " * indent, []
    for p in found:
        lines += [f"{space}# {line}\n" for line in textwrap.wrap(_explained(p), _WIDTH - indent - 2)]
        lines.append(f"{space}{p.name}: {_scalar(p.default)}\n")
    return lines


def _row(name: str, p: Parameter) -> str:
    unit = f" {p.unit}" if p.unit else ""
    cells = (f"`{name}`", f"`{_scalar(p.default)}`{unit}", p.range_text, p.doc, "expert" if p.expert else "")
    return "| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |\n"


def _explained(p: Parameter) -> str:
    notes = [note for note in (p.unit, p.range_text, "read only" if p.read_only else "") if note]
    return f"{p.doc} [{'; '.join(notes)}]" if notes else p.doc


def _scalar(value: Any) -> str:
    """Return a value as YAML that ROS reads back with the same type: 1e-06 would be text, and 1 an integer."""
    if isinstance(value, float):
        text = repr(value)
        return text.replace("e", ".0e") if "e" in text and "." not in text else text
    return yaml.safe_dump(value, default_flow_style=True).removesuffix("...\n").strip()


if __name__ == "__main__":
    main()
