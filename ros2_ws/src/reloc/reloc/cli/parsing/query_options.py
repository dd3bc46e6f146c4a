"""The options of commands that localize images, folders, videos and bags."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reloc.maps.query_frames import QueryInput


def add_query_options(parser: argparse.ArgumentParser, every: int | None, default: str) -> None:
    """Add ``--every`` and the options of bags.

    Args:
        every: default of ``--every``.
        default: the same in words.
    """
    from reloc.cli.parsing.checks import whole_number
    from reloc.cli.parsing.config_options import add_config_options
    from reloc.maps.source import SourceOptions

    parser.add_argument(
        "--every",
        type=whole_number(1),
        default=every,
        metavar="N",
        help=f"localize every N-th image; default {default}",
    )
    add_config_options(parser, SourceOptions, ("image_topic", "camera_info_topic", "rectified"))


def query_of(path: Path, args: argparse.Namespace) -> QueryInput:
    """Return the frames of one input, and print its notes.

    Raises:
        SourceError, CameraError, MapEmptyError: a folder, video or bag cannot be read, or holds no image.
    """
    from reloc.maps.query_frames import BAG, kind_of_input, query_input
    from reloc.maps.source import SourceOptions

    # Of a bag's images, --camera replaces camera_info, which then need not be there. Others may be of several sizes.
    options = SourceOptions(
        camera=args.camera if kind_of_input(path) == BAG else "",
        camera_origin="centre",
        image_topic=args.image_topic,
        camera_info_topic=args.camera_info_topic,
        rectified=args.rectified,
    )
    found = query_input(path, options)
    for note in found.notes:
        print(f"note: {note}", file=sys.stderr)
    return found
