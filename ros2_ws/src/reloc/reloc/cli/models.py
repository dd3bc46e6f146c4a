"""``reloc models``: list, verify, bench, compile."""

from __future__ import annotations

from reloc.cli import _models_bench, _models_compile, _models_list, _models_verify
from reloc.cli._parser import Subparsers


def register(subparsers: Subparsers) -> None:
    """Add the command and its own commands."""
    summary = "compiled networks: list, verify, measure, compile"
    parser = subparsers.add_parser("models", help=summary, description="Compiled networks and what runs them here.")
    commands: Subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (_models_list, _models_verify, _models_bench, _models_compile):
        command.register(commands)
