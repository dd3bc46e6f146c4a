"""``reloc calibrate-camera``."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

from reloc.cli.parsing.command_parser import Subparsers, add_command

if TYPE_CHECKING:
    from reloc.maps.lens.calibrated import CalibratedCamera

_DESCRIPTION = """
Finds the intrinsics of the camera that took a video, a folder of images or a bag, and writes them as camera.json,
which `--camera` of every command reads. It looks for a printed ChArUco board. With --sfm it needs no board: structure
from motion finds the focal length and its sigma.

Film the board sharply, tilted, near and far, and in all corners of the image.
"""
_EXAMPLES = """
reloc calibrate-camera board.mp4 --columns 5 --rows 7 --dictionary 5X5_100 --out camera.json
reloc calibrate-camera board.mp4 --lens equidistant --out camera.json        # a fisheye
reloc calibrate-camera walk.mp4 --sfm --out camera.json                      # without a board
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    add_command(
        subparsers, "calibrate-camera", run, "find the intrinsics of a camera from its images",
        arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES,
    )  # fmt: skip


def _arguments(parser: argparse.ArgumentParser) -> None:
    from reloc.cli.parsing.checks import whole_number
    from reloc.cli.parsing.config_options import add_config_options
    from reloc.maps.lens.board_config import BoardConfig
    from reloc.maps.sfm.config import SfmConfig

    parser.add_argument("input", type=Path, metavar="INPUT", help="video, folder of images, or bag")
    parser.add_argument("--out", type=Path, metavar="FILE", help="camera.json to write; default: print only")
    parser.add_argument(
        "--every", type=whole_number(1), default=1, metavar="N", help="look at every N-th image; default 1"
    )
    parser.add_argument("--sfm", action="store_true", help="by structure from motion, without a board")
    add_config_options(parser.add_argument_group("the board"), BoardConfig)
    used = ("sfm_images", "sfm_mapper", "sfm_overlap")
    add_config_options(parser.add_argument_group("structure from motion", "with --sfm"), SfmConfig, used)


def run(args: argparse.Namespace) -> int:
    """Calibrate, print the figures, and write the camera."""
    from reloc.cli.parsing.config_options import config_from_args
    from reloc.files import write_atomic
    from reloc.maps.lens.board_config import BoardConfig
    from reloc.maps.lens.by_sfm import calibrate_by_sfm
    from reloc.maps.lens.charuco import calibrate_by_board
    from reloc.maps.progress import Bars
    from reloc.maps.query_frames import BAG, VIDEO, pictures_of
    from reloc.maps.sfm.config import SfmConfig

    given = pictures_of(args.input)
    frames, bars = given.frames[:: args.every], Bars()
    try:
        if args.sfm:
            in_order = given.kind in (BAG, VIDEO)
            found = calibrate_by_sfm(frames, config_from_args(SfmConfig, args), in_order=in_order, progress=bars)
        else:
            found = calibrate_by_board(frames, config_from_args(BoardConfig, args), bars)
    finally:
        bars.close()
    for note in (*given.notes, *found.notes):
        print(f"note: {note}")
    print(_text(found))
    if args.out is not None:
        write_atomic(args.out, json.dumps(found.camera.to_dict(), indent=1) + "\n")
        print(f"wrote     {args.out}")
    return 0


def _text(found: CalibratedCamera) -> str:
    camera = found.camera

    def sigma(value: float) -> str:
        return f" +- {value:.2f}" if math.isfinite(value) else ""

    distortion = " ".join(f"{value:.5f}" for value in camera.distortion)
    rows = [
        ("camera", f"{camera.width} x {camera.height} px, {camera.model.value}"),
        ("focal", f"{camera.fx:.2f} {camera.fy:.2f} px{sigma(found.sigma_fx)}"),
        ("center", f"{camera.cx:.2f} {camera.cy:.2f} px{sigma(found.sigma_cx)}"),
        ("distortion", distortion or "none"),
        ("error", f"{found.error_px:.3f} px over {found.images} images"),
    ]
    if math.isfinite(found.covered):
        hint = "" if found.covered >= 0.6 else ": show the board also where it was not, above all in the corners"
        rows.append(("covered", f"{found.covered:.0%} of the image{hint}"))
    return "\n".join(f"{name:<10}{text}" for name, text in rows)
