"""``reloc models``: list, verify, bench, compile, import."""

from __future__ import annotations

from reloc.cli.models import bench, import_published, verify
from reloc.cli.models import compile as compile_models
from reloc.cli.models import list as list_models
from reloc.cli.parsing.command_parser import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command and its own commands."""
    summary = "compiled networks: list, verify, measure, compile, import"
    parser = subparsers.add_parser(
        "models", help=summary, description="Compiled networks and the backends that run them here."
    )
    commands: Subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (list_models, verify, bench, compile_models, import_published):
        command.register(commands)
