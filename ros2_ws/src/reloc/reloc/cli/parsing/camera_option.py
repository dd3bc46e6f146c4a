"""The option ``--camera`` of commands that localize images."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reloc.geometry.cameras import Camera


def add_camera_option(parser: argparse.ArgumentParser) -> None:
    """Add the option."""
    parser.add_argument(
        "--camera",
        default="",
        metavar="TEXT",
        help="intrinsics: f, or f,cx,cy, or fx,fy,cx,cy in pixels ((0, 0) is the center of the top-left one), or a "
        "JSON file; default: the map's first camera, scaled, if the image's aspect ratio fits",
    )


def given_camera(text: str) -> Callable[[int, int], Camera] | None:
    """Return the camera of ``--camera`` as a function of the image's size.

    Raises:
        CameraError: it cannot be understood; raised here once, not as the reason of every image.
    """
    from reloc.maps.sources.shared.camera import parse_camera

    def camera(width: int, height: int) -> Camera:
        return parse_camera(text, (width, height), corner=False)

    if not text:
        return None
    camera(640, 480)
    return camera
