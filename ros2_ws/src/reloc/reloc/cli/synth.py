"""``reloc synth``."""

from __future__ import annotations

import argparse
from pathlib import Path

from reloc.cli.parsing.command_parser import Subparsers, add_command

_DESCRIPTION = """
Makes synthetic furnished rooms, and writes each as a data set in the layout of 7-Scenes: images, depth
in millimeters, poses, the camera, references (split train) and queries (split test). Depth and poses are
exact. The same options give the same files; an interrupted run continues with the same command.

dense: views along six degrees of freedom. sparse: references in the corners of a room, and queries of a
robot anywhere in it. --kind courtyard: an outdoor yard of 15 to 40 m, seen by somebody who walks around it.
"""
_EXAMPLES = """
reloc synth rooms --rooms 3                                     dense, textures from patterns alone
reloc synth rooms --rooms 20 --manner sparse --textures photos  four references per room, photographs as textures
reloc map build rooms/room-0000 --source 7scenes --depth-camera rooms/room-0000/camera.json \\
    --depth-offset 0,0,0 --every 1 --out room.map
reloc eval room.map rooms/room-0000 --source 7scenes --split test
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "make synthetic rooms as data sets"
    add_command(subparsers, "synth", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES)


def _arguments(parser: argparse.ArgumentParser) -> None:
    from reloc.cli.parsing.config_options import add_config_options
    from reloc.synth.camera_poses import PoseConfig
    from reloc.synth.dataset import DatasetConfig
    from reloc.synth.generate import WorldConfig

    parser.add_argument("out", type=Path, metavar="OUT", help="folder in which room-0000, room-0001, ... are created")
    parser.add_argument("--textures", type=Path, metavar="FOLDER", help="folder of photographs to add to the textures")
    add_config_options(parser, DatasetConfig)
    add_config_options(parser.add_argument_group("poses"), PoseConfig)
    add_config_options(parser.add_argument_group("worlds"), WorldConfig)


def run(args: argparse.Namespace) -> int:
    """Write the rooms, and print the next command."""
    from reloc.cli.parsing.config_options import config_from_args
    from reloc.maps.progress import Bars
    from reloc.synth.camera_poses import PoseConfig
    from reloc.synth.dataset import DatasetConfig, write_rooms
    from reloc.synth.generate import WorldConfig
    from reloc.synth.texture_library import TextureLibrary

    config = config_from_args(DatasetConfig, args)
    worlds, poses = config_from_args(WorldConfig, args), config_from_args(PoseConfig, args)
    library = TextureLibrary(args.textures)
    bars = Bars()
    try:
        folders = write_rooms(args.out, config, worlds, poses, library, bars)
    finally:
        bars.close()
    first = folders[0]
    print(f"{len(folders)} room{'s' * (len(folders) > 1)} in {args.out}; to make a map of the first:")
    print(
        f"  reloc map build {first} --source 7scenes --depth-camera {first / 'camera.json'} --depth-offset 0,0,0 "
        f"--every 1 --out {first.name}.map"
    )
    return 0
