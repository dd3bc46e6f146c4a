"""``reloc models list``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from reloc.cli.output.json_text import json_text
from reloc.cli.parsing.command_parser import Subparsers, add_command

_DESCRIPTION = """
Lists the models that have a name: those in the folders of RELOC_MODELS, those that reloc came with, and those in
installed ROS packages. A model can also be given by its folder, or lie in a map. Broken models are listed
with the reason; the exit status is then 1.
"""
_EXAMPLES = """
reloc models list
RELOC_MODELS=~/nets reloc models list --json | jq .[].name
"""


def register(commands: Subparsers) -> None:
    """Add the command."""
    add_command(
        commands, "list", run, "list the available models", arguments=_arguments,
        description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")


def run(args: argparse.Namespace) -> int:
    """List them, checked."""
    from reloc.evaluation.models.text import table
    from reloc.models import store

    rows = [_row(folder) for folder in store.available()]
    if args.json:
        print(json_text(rows))
    elif rows:
        cells = [
            [row["name"], row["kind"], ", ".join(f"{p} {size / 1e6:.1f} MB" for p, size in row["files"].items()),
             row["problem"] or "whole", row["folder"]]
            for row in rows
        ]  # fmt: skip
        print(table(["name", "kind", "files", "state", "folder"], cells))
    else:
        print(f"no model has a name; searched: {', '.join(map(str, store.places())) or 'no folder'}")
    return 1 if any(row["problem"] for row in rows) else 0


def _row(folder: Path) -> dict[str, Any]:
    from reloc.errors import ModelError
    from reloc.models.model import Model

    try:
        model = Model.open(folder)
    except ModelError as error:
        return {"name": folder.name, "kind": "-", "files": {}, "problem": str(error), "folder": str(folder)}
    return {
        "name": folder.name,
        "kind": model.kind,
        "files": {precision: file.size for precision, file in model.files.items()},
        "problem": "",
        "folder": str(folder),
    }
