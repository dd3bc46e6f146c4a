"""``reloc localize``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reloc.cli.parsing.camera_option import add_camera_option, given_camera
from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.localizer_options import add_localizer_options, add_trust_options, open_chosen

if TYPE_CHECKING:
    from reloc.maps.source import SourceFrame

_DESCRIPTION = """
Prints where in the map each image was taken: the camera's position in meters and its orientation as a
quaternion (x y z w) in the map's frame, with one standard deviation and the evidence. The camera's axes
are x right, y down, z forward. An image without a reliable pose is `lost`, with the reason.

Exit status: 0 if all images gave a pose, 1 if some are lost, 2 on an error.
"""
_EXAMPLES = """
reloc localize kitchen.map photo.jpg                               taken with the map's own camera
reloc localize kitchen.map shots/                                  all images in a folder
reloc localize kitchen.map photo.jpg --camera 525.5,525.5,320,240  fx,fy,cx,cy in pixels
reloc localize kitchen.map photo.jpg --camera camera.json
reloc localize kitchen.map *.png --localizer sift_5pt --json | jq .position
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "print where in the map images were taken"
    add_command(
        subparsers, "localize", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES
    )


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument("images", type=Path, nargs="+", metavar="IMAGE", help="image file, or a folder of them")
    add_camera_option(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object per line instead of text")
    add_localizer_options(parser)
    add_trust_options(parser)


def run(args: argparse.Namespace) -> int:
    """Print a pose or a reason for each image."""
    from reloc.cli.output.answer_text import to_dict, to_text
    from reloc.datatypes import Localized, Lost, LostReason
    from reloc.evaluation.answering import answer_frame
    from reloc.geometry.camera_choice import CameraChoice
    from reloc.maps.reference_map import ReferenceMap

    opened = ReferenceMap.open(args.map)
    cameras = CameraChoice(opened.camera(0), given_camera(args.camera), assume=False)
    frames = [frame for path in args.images for frame in _frames(path)]
    localize = open_chosen(opened, args)
    lost, misfits = 0, 0
    for frame in frames:
        answered = answer_frame(localize, frame, cameras)
        lost += not isinstance(answered.answer, Localized)
        misfits += isinstance(answered.answer, Lost) and answered.answer.reason is LostReason.CAMERA_MISMATCH
        if args.json:
            print(json.dumps(to_dict(frame.name, answered, opened.names), allow_nan=False), flush=True)
        else:
            print(to_text(frame.name, answered, opened.names), flush=True)
    if misfits:
        message = "reloc: some images have another size than the map's camera: give their camera with --camera"
        print(message, file=sys.stderr)
    return 1 if lost else 0


def _frames(path: Path) -> list[SourceFrame]:
    """Return the images in a folder, or the one image; a missing file becomes Lost when it is read."""
    from reloc import images
    from reloc.maps.source import SourceFrame, SourceOptions, open_source

    if os.path.isdir(path):  # Path.is_dir raises if a name is too long
        return [
            replace(frame, name=str(path / frame.name))
            for frame in open_source("images", path, SourceOptions()).frames("all")
        ]
    return [SourceFrame(str(path), partial(images.load, path), image_file=path)]
