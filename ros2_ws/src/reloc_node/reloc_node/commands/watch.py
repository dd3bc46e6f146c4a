"""``reloc watch``: show a running localizer in the browser or in the terminal."""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import sys
from pathlib import Path

from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.page_options import add_page_options

_DESCRIPTION = """
Serves a page that shows a running localizer: the robot with its covariance and path in the map, a timeline
of its states, latency, the image with its evidence, a log, and buttons that relocalize it. The map comes
from the map server, or from --map. It runs on any machine of the ROS graph. If several localizers run,
choose one with --node.

--terminal, --json, --once and --until-pose print instead of serving a page: a line when the state or its
reason changes, and every --period seconds. So does a machine without the package viser.

Exit status: 0 after Ctrl-C; with --once, 0 if the localizer runs and reports no error; with --until-pose, 0
if there is a pose; 1 if this does not happen within --timeout seconds.
"""
_EXAMPLES = """
reloc watch
reloc watch --node /robot1/localizer --map hall.map --port 8090
reloc watch --terminal                   state, reason, pose and rate as lines
reloc watch --json | jq .position
reloc watch --once                       show the state once, for health checks
reloc watch --until-pose --timeout 60    wait for the first pose, show it and end
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "show a running localizer in the browser or the terminal"
    add_command(subparsers, "watch", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--node", default="", metavar="NAME", help="the localizer's full name; default: the only one")
    parser.add_argument("--map", type=Path, metavar="MAP", help="the robot's map; default: that of the map server")
    add_page_options(parser)
    parser.add_argument("--terminal", action="store_true", help="print lines, serve no page")
    parser.add_argument("--period", type=_seconds, default=1.0, metavar="S", help="seconds between lines; default 1")
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--once", action="store_true", help="show the state once and end")
    ends.add_argument("--until-pose", action="store_true", help="end at the first pose")
    parser.add_argument(
        "--timeout", type=_seconds, default=10.0, metavar="S",
        help="with --once or --until-pose: give up after this time; default 10",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Watch until Ctrl-C, or as the options say."""
    if not (args.terminal or args.json or args.once or args.until_pose):
        if importlib.util.find_spec("viser") is not None:
            return _serve(args)
        print("reloc watch: viser is not installed, so there is no page: pip install viser==1.1.1", file=sys.stderr)
    from reloc_node.watched.lines import as_json, as_line
    from reloc_node.watched.watcher import Ending, watch

    ending = Ending.ONCE if args.once else Ending.AT_POSE if args.until_pose else Ending.NEVER
    words = as_json if args.json else as_line
    try:
        return watch(args.node, ending, args.timeout, args.period, lambda seen: print(words(seen), flush=True))
    except KeyboardInterrupt:
        return 0


def _serve(args: argparse.Namespace) -> int:
    from reloc_node.watched.page_watch import watch_in_browser

    def tell(addresses: str) -> None:
        print(f"{addresses}\nCtrl-C ends; `reloc watch --terminal` prints lines instead", flush=True)

    with contextlib.suppress(KeyboardInterrupt):
        watch_in_browser(args.node, args.host, args.port, args.map, tell)
    return 0


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0.0 < value <= 1e6:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1e6 (seconds)")
    return value
