"""``reloc view``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from reloc.cli.parsing.camera_option import add_camera_option, given_camera
from reloc.cli.parsing.command_parser import Subparsers, add_command
from reloc.cli.parsing.localizer_options import add_localizer_options, add_trust_options, open_chosen
from reloc.cli.parsing.page_options import add_page_options
from reloc.cli.parsing.query_options import add_query_options, query_of

if TYPE_CHECKING:
    from reloc.evaluation.answering import Localize
    from reloc.evaluation.coverage.survey import Survey
    from reloc.geometry.camera_choice import CameraChoice
    from reloc.maps.progress import Bars
    from reloc.maps.reference_map import ReferenceMap
    from reloc.maps.source import SourceFrame
    from reloc.view.map_page import MapPage

_DESCRIPTION = """
Shows a map in the browser, in 3D: references with their images, colored landmarks, a floor plan, and the
coverage and look-alike places of `reloc map check`. Images, folders, videos and bags are localized as by
`reloc localize`, and drawn with the ellipsoid that holds the position with 95 % probability; click an image
for its matches. Images without a pose are listed with the reason. Trajectories (.tum, .txt: stamp tx ty tz
qx qy qz qw, in the map's frame) are drawn as lines.

It needs the package viser, no GPU and no display: open the printed address, here or through ssh.
Exit status: 0 after Ctrl-C, 2 on an error.
"""
_EXAMPLES = """
reloc view kitchen.map
reloc view kitchen.map shots/ photo.jpg                 localize these images and show them
reloc view kitchen.map drive.mcap drive.tum             a bag (or a video), and a trajectory
reloc view kitchen.map phone.mp4 --every 10 --camera camera.json
reloc view kitchen.map --check                          try each reference against the others (minutes in large maps)
reloc view kitchen.map --host 0.0.0.0 --port 8090       for everybody in the network
"""


def register(subparsers: Subparsers) -> None:
    """Add the command."""
    summary = "show a map, localized images and trajectories in the browser"
    add_command(subparsers, "view", run, summary, arguments=_arguments, description=_DESCRIPTION, examples=_EXAMPLES)


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument(
        "given", type=Path, nargs="*", metavar="FILE",
        help="images, folders, videos or bags to localize; trajectories (.tum, .txt) to draw",
    )  # fmt: skip
    add_camera_option(parser)
    add_query_options(parser, None, "1; of a video or bag, 100 images evenly spread")
    parser.add_argument(
        "--check", action="store_true", help="localize each reference against the others, as `reloc map check` does"
    )
    add_page_options(parser)
    add_localizer_options(parser)
    add_trust_options(parser)


def run(args: argparse.Namespace) -> int:
    """Show a map until Ctrl-C."""
    from reloc.geometry.camera_choice import CameraChoice
    from reloc.maps.progress import Bars
    from reloc.maps.reference_map import ReferenceMap
    from reloc.view import server as pages
    from reloc.view.map_page import MapPage
    from reloc.view.query_files import sort_given
    from reloc.view.serving import serve

    opened = ReferenceMap.open(args.map, verify=False)
    given = sort_given(args.given, partial(query_of, args=args), args.every)
    for note in given.notes:
        print(f"note: {note}", file=sys.stderr)
    # All that can be wrong is said before a page is open.
    cameras = CameraChoice(opened.camera(0), given_camera(args.camera), assume=False)
    localize = open_chosen(opened, args) if given.frames else None
    server = pages.start(args.host, args.port, f"reloc view: {opened.manifest.name}")
    bars = Bars()
    try:
        page = MapPage(server, opened, lambda done, total: bars("read images", done, total))
        page.add_coverage(_survey(opened, args.check, bars))
        bars.close()
        page.add_trajectories(given.trajectories)
        print(pages.addresses(server), flush=True)
        if localize is not None:
            _localize(page, given.frames, localize, cameras)
        print("Ctrl-C ends", flush=True)
        serve(server)
    finally:
        bars.close()
        pages.stop(server)
    return 0


def _survey(opened: ReferenceMap, try_all: bool, bars: Bars) -> Survey:
    from reloc.evaluation.coverage.survey import survey
    from reloc.evaluation.self_check import leave_one_out
    from reloc.maps.check import check

    if not (try_all and opened.has_landmarks):
        return survey(opened, check(opened))
    return survey(opened, check(opened), leave_one_out(opened, lambda done, total: bars("localize", done, total)))


def _localize(page: MapPage, frames: Sequence[SourceFrame], localize: Localize, cameras: CameraChoice) -> None:
    """Localize images, each drawn at once, so that the page can be used meanwhile."""
    from reloc.evaluation.answering import answer_frame

    page.answers.expect(len(frames))
    for frame in frames:
        page.answers.add(frame.name, answer_frame(localize, frame, cameras))
    lost = page.answers.lost
    print(f"{len(frames) - len(lost)} of {len(frames)} images are localized", flush=True)
    for name, answer in lost:
        print(f"  lost: {name}: {answer.reason.value}{f': {answer.detail}' if answer.detail else ''}", flush=True)
