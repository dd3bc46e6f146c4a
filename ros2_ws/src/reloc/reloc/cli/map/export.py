"""``reloc map export``."""

from __future__ import annotations

import argparse
from pathlib import Path

from reloc.cli.parsing.command_parser import Subparsers, add_command

_DESCRIPTION = """
Writes the references of a map for other tools into a new folder, with the images and README.txt, which states
the conventions. colmap: a model with colored points. kapture: kapture 1.1. nerfstudio: transforms.json and a
point cloud. pairs: pairs of images that share landmarks, for hloc.
"""
_EXAMPLES = """
reloc map export kitchen.map --to colmap --out kitchen-colmap
reloc map export kitchen.map --to nerfstudio --out kitchen-nerf
"""


def register(commands: Subparsers) -> None:
    """Add the command."""
    add_command(
        commands, "export", run, "write a map for COLMAP, kapture, nerfstudio or hloc",
        arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    from reloc.maps.exports.export import export_names

    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument("--to", required=True, choices=export_names(), help="format to write")
    parser.add_argument("--out", required=True, type=Path, metavar="FOLDER", help="new folder to write")


def run(args: argparse.Namespace) -> int:
    """Export a map."""
    from reloc.maps.building import colmap_model
    from reloc.maps.exports.export import export_map
    from reloc.maps.reference_map import ReferenceMap
    from reloc.maps.scale import unit_of

    if args.to == "colmap":
        colmap_model.pycolmap()  # before the map is read: it may be missing
    opened = ReferenceMap.open(args.map)
    folder = export_map(opened, args.to, args.out)
    unit = unit_of(opened.manifest)
    note = "" if unit == "m" else "; the scale is unknown, so lengths are in units of the map"
    print(f"{len(opened)} images and {opened.manifest.landmarks} landmarks as {args.to} are in {folder}{note}")
    return 0
