"""Writes the parameter files and tables from the config dataclasses; a test compares them with what is there."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import yaml

from reloc import plugins
from reloc.config import Parameter, parameters
from reloc.trust.gate_config import GateConfig
from reloc.trust.verification import VerificationConfig
from reloc_node.config import LocalizerNodeConfig, MapServerConfig
from reloc_node.method_parameters import PACKAGE
from reloc_node.outputs.seed_config import SeedConfig
from reloc_node.relocalize.config import RelocalizeConfig

_HEAD = "# Made from the config dataclasses by `python -m reloc_node.parameters`: change it there, or copy this file.\n"
_WIDTH = 118
NODES = ("localizer", "map_server")
Group = tuple[str, type]  # a prefix and the dataclass whose parameters it has


def groups(node: str) -> list[Group]:
    """The dataclasses of a node's parameters; those of every localizer are listed, the chosen one's are used."""
    if node == "map_server":
        return [("", MapServerConfig)]
    methods = [(name, plugins.load(PACKAGE, name).Config) for name in plugins.names(PACKAGE)]
    rest: list[Group] = [("verification", VerificationConfig), ("relocalize", RelocalizeConfig), ("seed", SeedConfig)]
    return [("", LocalizerNodeConfig), ("gate", GateConfig), *rest, *methods]


def yaml_text() -> str:
    """A parameter file with all defaults, each below what it means. ``/**`` fits any namespace."""
    lines = [_HEAD]
    for node in NODES:
        lines += [f"\n/**/{node}:\n", "  ros__parameters:\n"]
        for prefix, cls in groups(node):
            indent = " " * (6 if prefix else 4)
            if prefix:
                lines.append(f"\n    {prefix}:\n")
            for p in parameters(cls):
                lines += [f"{indent}# {line}\n" for line in _wrapped(_explained(p), _WIDTH - len(indent))]
                lines.append(f"{indent}{p.name}: {_scalar(p.default)}\n")
    return "".join(lines)


def table_text() -> str:
    """All parameters as Markdown tables."""
    parts = ["<!-- Made by `python -m reloc_node.parameters`: change the config dataclasses. -->\n\n# Parameters\n"]
    for node in NODES:
        for prefix, cls in groups(node):
            title = f"`{node}`" + (f": `{prefix}.*`" if prefix else "")
            parts.append(f"\n## {title}\n\n| Parameter | Default | Allowed | Meaning |\n|---|---|---|---|\n")
            parts += [_row(prefix, p) for p in parameters(cls)]
    return "".join(parts)


def files(folder: Path) -> dict[Path, str]:
    """What belongs into ``launch/params``, by path."""
    return {folder / "reloc.yaml": yaml_text(), folder / "README.md": table_text()}


def main() -> None:
    """Write the files into the repository that this package was installed from (``pip install -e``)."""
    folder = Path(__file__).resolve().parents[4] / "launch" / "params"
    folder.mkdir(parents=True, exist_ok=True)
    for path, text in files(folder).items():
        path.write_text(text)
        print(path)


def _row(prefix: str, p: Parameter) -> str:
    name = f"{prefix}.{p.name}" if prefix else p.name
    unit = f" {p.unit}" if p.unit else ""
    default = f"`{_scalar(p.default)}`{unit}"
    return f"| `{name}` | {default} | {p.range_text.replace('|', '/')} | {p.doc.replace('|', '/')} |\n"


def _explained(p: Parameter) -> str:
    notes = [note for note in (p.unit, p.range_text, "read only" if p.read_only else "") if note]
    return f"{p.doc} [{'; '.join(notes)}]" if notes else p.doc


def _scalar(value: Any) -> str:
    """As YAML that ROS reads back in the same type: 1e-06 would be text, and 1 an integer."""
    if isinstance(value, float):
        text = repr(value)
        return text.replace("e", ".0e") if "e" in text and "." not in text else text
    return yaml.safe_dump(value, default_flow_style=True).removesuffix("...\n").strip()


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width - 2)
