"""The command ``reloc``.

Each file or folder beside this one that is not in ``NOT_COMMANDS`` is a sub-command (``kidnap_test`` is
``kidnap-test``) with a function ``register(subparsers)``; packages outside the core add theirs with entry points of the
group ``reloc.commands``, whose values are such functions. ``register`` makes its parser with
``reloc.cli.parsing.command_parser.add_command`` and sets ``run=function``, where ``function(args) -> exit status``.

All these files are imported for every call, so that ``reloc --help`` can list them. So they import heavy packages
(numpy, OpenCV, matplotlib) inside their ``run``.
"""

from __future__ import annotations

import argparse
import importlib
import io
import pkgutil
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import EntryPoint, entry_points

from reloc import cli, interrupts, standard_streams
from reloc.cli.parsing.command_parser import EXAMPLES_FORMAT, HelpfulParser, LazyParser, Subparsers
from reloc.errors import DependencyError, RelocError
from reloc.files import storage_error
from reloc.version import VERSION

OK, SOME_LOST, ERROR = 0, 1, 2

# Commands of packages that need ROS, so that `reloc replay` says what is missing rather than "invalid choice".
ELSEWHERE = {
    "replay": ("reloc_node", "play a bag onto ROS topics, with /clock"),
    "run": ("reloc_node", "start map server and localizer"),
    "watch": ("reloc_node", "show a running localizer in the browser or the terminal"),
}

_SOURCE_ROS = "It needs ROS 2: source your ROS 2 workspace, or run `make setup` in reloc's repository"
_OF_ROS = re.compile(r"rclpy|rpyutils|\w+_(msgs|interfaces|srvs)|tf2_ros|cv_bridge|ament_\w+|launch\w*")

_EPILOG = """\
a first run:
  reloc doctor                                          check what is installed and what is missing
  reloc map build FOLDER --source 7scenes --out MAP     make a map from images with known poses
  reloc map info MAP                                    show its content
  reloc view MAP                                        see it in the browser
  reloc localize MAP photo.jpg                          find where it was taken
  reloc eval MAP FOLDER --source 7scenes --split test   measure the errors

`reloc COMMAND --help` shows examples of each. Exit status: 0 done, 1 some images gave no pose, 2 error.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status."""
    standard_streams.open_closed()
    if isinstance(sys.stdout, io.TextIOWrapper):  # file names may not be UTF-8: shown escaped, as on stderr
        sys.stdout.reconfigure(errors="backslashreplace")
    with interrupts.noted() as signaled:
        try:
            return _run(argv)
        except (KeyboardInterrupt, interrupts.Terminated):
            pass
        except Exception:
            if signaled.number is None:
                raise
            # Otherwise an import turned the signal into another exception.
    standard_streams.say(f"\nreloc: {signaled.word or 'interrupted'}")
    return signaled.status or interrupts.INTERRUPTED


def _run(argv: Sequence[str] | None) -> int:
    """Turn errors into messages and an exit status; the only place that does."""
    try:
        try:
            with interrupts.ending_at_once("reloc"):
                parser = build_parser()
            args = parser.parse_args(argv)
            status: int = args.run(args)
        except SystemExit:  # of argparse, after --help
            standard_streams.flush()
            raise
        standard_streams.flush()
        return status
    except RelocError as error:
        return _complain(str(error))
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in ("", "reloc"):
            raise  # a bug of reloc, not a missing package
        fix = _SOURCE_ROS if _OF_ROS.fullmatch(package) else "`reloc doctor` shows how to install it"
        return _complain(f"The package {package!r} is not installed. {fix}")
    except BrokenPipeError:  # `reloc ... | head`
        with suppress(OSError):
            standard_streams.flush()
        return ERROR
    except (OSError, MemoryError) as error:  # the machine's state, not a bug of reloc
        return _complain(str(storage_error(error)))


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of ``reloc`` with all its commands."""
    parser = HelpfulParser(
        prog="reloc",
        description="Visual relocalization: find a robot's pose, with its uncertainty, from one camera image.",
        epilog=_EPILOG,
        formatter_class=EXAMPLES_FORMAT,
    )
    parser.add_argument("--version", action="version", version=f"reloc {VERSION}")
    subparsers: Subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=LazyParser
    )
    for name in command_files():
        importlib.import_module(f"{cli.__name__}.{name}").register(subparsers)
    present = set()
    for entry in sorted(entry_points(group="reloc.commands")):
        present.add(entry.name)
        _register_outside(subparsers, entry)
    for name, (package, summary) in ELSEWHERE.items():
        if name not in present:
            _register_missing(subparsers, name, summary, f"`reloc {name}` is part of {package}, which is not installed")
    return parser


def command_files() -> Iterator[str]:
    """Return the names of the core's sub-commands."""
    names = (m.name for m in pkgutil.iter_modules(cli.__path__))
    return (n for n in names if n not in cli.NOT_COMMANDS and not n.startswith("_"))


def _register_outside(subparsers: Subparsers, entry: EntryPoint) -> None:
    """Let another package add its command; if it cannot be imported, the command says why."""
    try:
        register = entry.load()
    except ImportError as error:
        _register_missing(subparsers, entry.name, ELSEWHERE.get(entry.name, ("", ""))[1], f"Cannot import: {error}")
    else:
        register(subparsers)


def _register_missing(subparsers: Subparsers, name: str, summary: str, problem: str) -> None:
    def run(args: argparse.Namespace) -> int:
        raise DependencyError(problem, _SOURCE_ROS)

    # No prefix character: everything that follows is taken as it is, and `run` explains.
    parser = subparsers.add_parser(name, help=f"{summary} (not installed)".strip(), prefix_chars="\0", add_help=False)
    parser.add_argument("rest", nargs="*")
    parser.set_defaults(run=run)


def _complain(message: str) -> int:
    standard_streams.say(f"reloc: error: {message}")
    return ERROR


if __name__ == "__main__":
    sys.exit(main())
