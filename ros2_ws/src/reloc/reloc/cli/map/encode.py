"""``reloc map encode``, and the same at the end of ``reloc map build``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.model_options import add_way_to_run

if TYPE_CHECKING:
    from reloc.localizers.networked.map_networks import MapNetworks
    from reloc.maps.reference_map import ReferenceMap

_DESCRIPTION = """
Runs a network's encoder over the references of a map and stores the encodings in the map, with all networks
that belong to it. `--localizer exrenet` then needs nothing else, and robots fetch all of it with the map. Without
it, the localizer encodes all references at each start. A map may hold one network of each kind.

A reference is not encoded again if the map, or an earlier map given with --earlier, has its encoding for the
same image. The map's content hash changes.
"""
_EXAMPLES = """
reloc map encode kitchen.map --model exrenet-light
reloc map encode kitchen-with-more.map --model exrenet-light --earlier kitchen.map
"""


def register(commands: Subparsers) -> None:
    """Add the command."""
    add_command(
        commands, "encode", run, "put networks and their encodings of the references into a map",
        arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument(
        "--model",
        required=True,
        metavar="NAME",
        help="name of the networks: the folder NAME-encoder states their kind",
    )
    parser.add_argument(
        "--earlier", type=Path, action="append", default=[], metavar="MAP",
        help="map whose encodings are copied for equal images; may be repeated",
    )  # fmt: skip
    add_way_to_run(parser)


def run(args: argparse.Namespace) -> int:
    """Encode a map's references."""
    from reloc.localizers.networked import map_networks
    from reloc.maps.reference_map import ReferenceMap

    earlier = [ReferenceMap.open(folder, verify=False) for folder in args.earlier]
    encode_into(args.map, map_networks.named(args.model), args.backend, args.precision, earlier)
    return 0


def encode_into(
    folder: Path,
    networks: MapNetworks,
    backend: str = "auto",
    precision: str = "auto",
    earlier: Sequence[ReferenceMap] = (),
) -> None:
    """Encode the references of the map in ``folder`` with a progress bar, and print the result."""
    from reloc.localizers.networked.encode_map import encode_map
    from reloc.maps.progress import Bars

    bars = Bars()
    try:
        done = encode_map(folder, networks, backend, precision, earlier, bars)
    finally:
        bars.close()
    if done.changed:
        known = done.references - done.computed
        print(f"{done.model}: {done.computed} references encoded, {known} were known; stored in {folder}")
    else:
        print(f"{done.model}: all {done.references} references of {folder} were encoded before; nothing to do")
