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
Runs a network's encoder over the references of a map and puts what it says of them into it, with all networks
that belong to it: `--localizer exrenet` then needs nothing else, and robots fetch it all with the map. Without
it, the localizer encodes all references each time it starts. A map may hold networks of several kinds, one each.

A reference that was encoded before is not encoded again: neither where the map has its encoding already, nor
where an earlier map, named by --earlier, has the same image. The map's content hash changes, as it must.
"""
_EXAMPLES = """
reloc map encode kitchen.map --model exrenet-light
reloc map encode kitchen-with-more.map --model exrenet-light --earlier kitchen.map
"""


def register(commands: Subparsers) -> None:
    """Add the command."""
    add_command(
        commands, "encode", run, "put networks and what they say of the references into a map",
        arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument(
        "--model",
        required=True,
        metavar="NAME",
        help="of the networks: NAME-encoder is the folder of one, and says of which kind",
    )
    parser.add_argument(
        "--earlier", type=Path, action="append", default=[], metavar="MAP",
        help="a map whose encodings are taken over where images are the same; may be repeated",
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
    """Encode the references of the map in ``folder``, with a bar, and say what was done."""
    from reloc.localizers.networked.encode_map import encode_map
    from reloc.maps.progress import Bars

    bars = Bars()
    try:
        done = encode_map(folder, networks, backend, precision, earlier, bars)
    finally:
        bars.close()
    if done.changed:
        known = done.references - done.computed
        print(f"{done.model}: {done.computed} references encoded, {known} were known; it is in {folder} now")
    else:
        print(f"{done.model}: all {done.references} references of {folder} were encoded before; nothing to do")
