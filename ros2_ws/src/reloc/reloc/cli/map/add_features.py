"""``reloc map add-features``."""

from __future__ import annotations

import argparse
from pathlib import Path

from reloc.cli.parsing.command_parser import Subparsers, add_command

_DESCRIPTION = """
Adds a kind of local features to a built map, beside those that it has. Its poses and images are used; everything else
in the map stays as it is, with its calibrations and networks. The map's content hash changes, so robots fetch it again.
If it is interrupted, the same command continues it. To localize with them: --param kind=NAME.
"""
_EXAMPLES = """
reloc map add-features kitchen.map points
reloc map add-features kitchen.map points --feature-param max_features=2048
reloc localize kitchen.map photo.jpg --param kind=points
"""


def register(commands: Subparsers) -> None:
    """Add the command."""
    add_command(
        commands, "add-features", run, "add a kind of local features to a map",
        arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    from reloc.features.extractor import FEATURES
    from reloc.plugins import names

    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument("name", metavar="NAME", help=f"kind of features: {', '.join(names(FEATURES))}")
    parser.add_argument(
        "--feature-param", action="append", default=[], metavar="NAME=VALUE",
        help="a parameter of the kind, say model=my_points; may be given several times",
    )  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Add features to a map."""
    from reloc.cli.parsing.config_options import parse_parameters
    from reloc.config import from_mapping
    from reloc.features.extractor import kind
    from reloc.maps.add_features import add_features
    from reloc.maps.progress import Bars

    config = from_mapping(kind(args.name).Config, parse_parameters(args.feature_param))
    bars = Bars()
    try:
        done = add_features(args.map, args.name, config, bars)
    finally:
        bars.close()
    if not done.changed:
        print(f"{args.map} has these {args.name} features; nothing to do")
        return 0
    for note in done.notes:
        print(f"note: {note}")
    if done.signed:
        print("note: The map was signed, and its signature no longer holds: sign it again with `reloc map sign`")
    print(f"{args.name} features are in {args.map}; use them with --param kind={args.name}")
    return 0
