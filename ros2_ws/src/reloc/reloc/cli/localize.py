"""``reloc localize``."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reloc.cli.parsing.camera_option import add_camera_option, given_camera
from reloc.cli.parsing.checks import whole_number
from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.localizer_options import add_localizer_options, add_trust_options, open_chosen
from reloc.cli.parsing.query_options import add_query_options, query_of

if TYPE_CHECKING:
    from reloc.evaluation.answering import Answered
    from reloc.evaluation.trajectory.rows import TrajectoryRow
    from reloc.maps.query_frames import QueryInput
    from reloc.maps.reference_map import ReferenceMap
    from reloc.maps.source import SourceFrame

_DESCRIPTION = """
Prints where in the map each image was taken: the camera's position in meters and its orientation as a
quaternion (x y z w) in the map's frame, with one standard deviation and the evidence. The camera's axes
are x right, y down, z forward. An image without a reliable pose is `lost`, with the reason.

An input is an image, a folder of images, a video, or a bag. With --out the answers become a trajectory:
NAME.tum holds the poses, NAME.csv every image with its reason, NAME.mcap or a folder a bag. A bag's own
messages are copied, and its poses are on /reloc/camera_pose.

Exit status: 0 if all images gave a pose, 1 if some are lost, 2 on an error.
"""
_EXAMPLES = """
reloc localize kitchen.map photo.jpg                               taken with the map's own camera
reloc localize kitchen.map shots/                                  all images in a folder
reloc localize kitchen.map photo.jpg --camera 525.5,525.5,320,240  fx,fy,cx,cy in pixels
reloc localize kitchen.map photo.jpg --camera camera.json
reloc localize kitchen.map drive.mcap --out drive.tum                poses of a drive, for evo and others
reloc localize kitchen.map phone.mp4 --every 10 --camera camera.json --out phone.csv
reloc localize kitchen.map drive/ --out drive-with-poses.mcap       the bag with the poses added
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
    parser.add_argument("images", type=Path, nargs="+", metavar="INPUT", help="image, folder, video or bag")
    add_camera_option(parser)
    parser.add_argument(
        "--out", type=Path, metavar="FILE",
        help="write a trajectory: .tum, .csv, .mcap, or a new folder for a bag; a summary is printed instead of poses",
    )  # fmt: skip
    add_query_options(parser, 1, "1")
    parser.add_argument(
        "--memory-limit-mb", type=whole_number(0), default=0, metavar="MB",
        help="hold at most this much of the map in memory, and read the rest when it is needed; 0 holds all",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print one JSON object per line instead of text")
    add_localizer_options(parser)
    add_trust_options(parser)


def run(args: argparse.Namespace) -> int:
    """Print a pose or a reason for each image, or write them as a trajectory."""
    from reloc.datatypes import Lost, LostReason
    from reloc.evaluation.answering import answer_frame
    from reloc.evaluation.trajectory.rows import TrajectoryRow
    from reloc.evaluation.trajectory.write import check_target
    from reloc.geometry.camera_choice import CameraChoice
    from reloc.maps.progress import Bars
    from reloc.maps.reference_map import ReferenceMap

    opened = ReferenceMap.open(args.map, memory_limit_mb=args.memory_limit_mb)
    cameras = CameraChoice(opened.camera(0), given_camera(args.camera), assume=False)
    inputs = [query_of(path, args) for path in args.images]
    if args.out is not None:
        check_target(args.out, inputs)
    frames = [frame for given in inputs for frame in given.frames[:: args.every]]
    localize = open_chosen(opened, args)
    rows, bars, start = [], Bars(), time.monotonic()
    for number, frame in enumerate(frames, 1):
        answered = answer_frame(localize, frame, cameras)
        rows.append(TrajectoryRow(frame.name, answered, frame.stamp_ns))
        if args.json or args.out is None:
            _print(frame, answered, opened, args.json)
        else:
            bars("localize", number, len(frames))
    bars.close()
    if args.out is not None:
        _write(args, rows, inputs, opened, time.monotonic() - start)
    reasons = [row.answered.answer.reason for row in rows if isinstance(row.answered.answer, Lost)]
    if LostReason.CAMERA_MISMATCH in reasons:
        message = "reloc: some images have another size than the map's camera: give their camera with --camera"
        print(message, file=sys.stderr)
    return 1 if reasons else 0


def _print(frame: SourceFrame, answered: Answered, opened: ReferenceMap, as_json: bool) -> None:
    from reloc.cli.output.answer_text import to_dict, to_text
    from reloc.maps.scale import unit_of

    unit = unit_of(opened.manifest)
    if as_json:
        print(json.dumps(to_dict(frame.name, answered, opened.names, unit), allow_nan=False), flush=True)
    else:
        print(to_text(frame.name, answered, opened.names, unit), flush=True)


def _write(
    args: argparse.Namespace, rows: list[TrajectoryRow], inputs: list[QueryInput], opened: ReferenceMap, seconds: float
) -> None:
    from reloc.evaluation.trajectory.write import summary, write_trajectory
    from reloc.maps.scale import unit_of

    unit = unit_of(opened.manifest)
    stamps = write_trajectory(args.out, rows, inputs, opened.frame, unit, args.image_topic)
    lines = f"{summary(rows, seconds)}\nwrote     {args.out}; positions in {unit}; stamps: {stamps}"
    print(lines, file=sys.stderr if args.json else sys.stdout)
