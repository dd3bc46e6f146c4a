"""How the parsers of all sub-commands are made: a description, and examples that can be copied."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Subparsers: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = argparse._SubParsersAction

EXAMPLES_FORMAT = argparse.RawDescriptionHelpFormatter


def add_command(
    subparsers: Subparsers,
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
    *,
    description: str = "",
    examples: str,
) -> argparse.ArgumentParser:
    """Add a sub-command that calls ``run(args)``, which returns the exit status.

    Args:
        summary: one line, lower case, for the list of commands.
        description: what it does, in sentences; the summary where empty.
        examples: command lines, one a line, shown at the end of ``--help``.
    """
    parser = subparsers.add_parser(
        name,
        help=summary,
        description=textwrap.dedent(description).strip() or summary,
        epilog="examples:\n" + textwrap.indent(textwrap.dedent(examples).strip(), "  ") if examples else None,
        formatter_class=EXAMPLES_FORMAT,
    )
    parser.set_defaults(run=run)
    return parser
