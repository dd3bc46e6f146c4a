"""``reloc doctor``."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from reloc.cli.parsing.command_parser import Subparsers, add_command

_DESCRIPTION = """
Checks this machine: Python, processor, GPU, libraries, ROS, the methods found and, if you name one, a map.
Lists what works, what is missing, and the command that installs it. It takes a few seconds: every library
is imported in a process of its own.

Exit status: 0 if the essentials are there (and the map opens), 2 if not.
"""
_EXAMPLES = """
reloc doctor
reloc doctor kitchen.map            also open that map and check its hashes
reloc doctor --json | jq '.healthy'
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "check what is installed, what will be used, what is missing and how to get it"
    add_command(subparsers, "doctor", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("map", nargs="?", type=Path, metavar="MAP", help="also check this map")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")


def run(args: argparse.Namespace) -> int:
    """Print the report."""
    from reloc.doctor.examine import as_text, examine, healthy

    findings = examine(args.map)
    if args.json:
        print(json.dumps({"healthy": healthy(findings), "findings": [f.to_dict() for f in findings]}, indent=1))
    else:
        print(as_text(findings))
    return 0 if healthy(findings) else 2
