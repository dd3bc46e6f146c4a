"""Create the parsers of all sub-commands: a description, and examples that can be copied."""

from __future__ import annotations

import argparse
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from reloc.nearest import did_you_mean

if TYPE_CHECKING:
    Subparsers: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]
else:
    Subparsers = argparse._SubParsersAction

EXAMPLES_FORMAT = argparse.RawDescriptionHelpFormatter


class HelpfulParser(argparse.ArgumentParser):
    """A parser that offers the nearest option or choice for an unknown one."""

    def error(self, message: str) -> NoReturn:
        """Print the error in two lines, because the usage of forty options would hide it."""
        self.exit(2, f"{self.prog}: error: {message}\n`{self.prog} --help` shows the usage\n")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse as the base class does, but name an unknown option first."""
        given = sys.argv[1:] if args is None else list(args)
        for option in self._options(given) if "-" in self.prefix_chars else ():
            if not any(known.startswith(option) for known in self._option_string_actions):
                near = did_you_mean(option, self._option_string_actions)
                self.error(f"unknown option {option}. {near}".rstrip(". "))
        return super().parse_known_args(args, namespace)

    def _options(self, given: Sequence[str]) -> Iterator[str]:
        """Return the long options among the arguments that are this parser's own, not a sub-command's."""
        for text in given:
            if text == "--" or (self._subparsers is not None and not text.startswith("-")):
                return
            if text.startswith("--"):
                yield text.partition("=")[0]

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print, and let errors out: the base class hides a full disk."""
        if message:
            (file or sys.stderr).write(message)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            names = [str(choice) for choice in action.choices]
            near = did_you_mean(str(value), names)
            choices = f"There are: {', '.join(names)}"
            raise argparse.ArgumentError(action, f"invalid choice: {value!r}. {near} {choices}".replace("  ", " "))


class LazyParser(HelpfulParser):
    """A parser whose arguments are added when its command is chosen.

    So a command can make its options from config dataclasses without import costs for other commands.
    """

    fill: Callable[[argparse.ArgumentParser], None] | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As in the base class, after adding the arguments."""
        fill, self.fill = self.fill, None
        if fill is not None:
            fill(self)
        return super().parse_known_args(args, namespace)


def add_command(
    subparsers: Subparsers,
    name: str,
    run: Callable[[argparse.Namespace], int],
    summary: str,
    *,
    arguments: Callable[[argparse.ArgumentParser], None] | None = None,
    description: str = "",
    examples: str,
) -> argparse.ArgumentParser:
    """Add a sub-command that calls ``run(args)``, which returns the exit status.

    Args:
        arguments: adds the arguments, only if this command is chosen; it may import heavy packages.
        summary: one line in lower case for the list of commands.
        description: what it does, in sentences; empty uses the summary.
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
    if isinstance(parser, LazyParser):
        parser.fill = arguments
    elif arguments is not None:
        arguments(parser)
    return parser
