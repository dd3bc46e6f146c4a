"""Find the camera of a folder's images: given by option, written beside them, or known for the data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from reloc.errors import CameraError
from reloc.geometry.cameras import Camera
from reloc.geometry.colmap_convention import camera_from_colmap
from reloc.maps.source import SourceOptions
from reloc.parsing import json_file
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real_or_not_finite
from reloc.parsing.regular_file import MIB, is_there

SIDECAR = "camera.json"  # Camera.to_dict of the color camera; always counted from the pixel's center
_FORM = "Give f, or f,cx,cy, or fx,fy,cx,cy, or the name of a .json file"
Origin = Literal["centre", "corner"]


def colour_camera(
    folder: Path, size: tuple[int, int], options: SourceOptions, own_origin: Origin, default: str = ""
) -> Camera:
    """Return the camera given by option, else the one in ``camera.json``, else the data set's own.

    Args:
        size: (width, height) of the images.
        own_origin: which point of the top-left pixel the data set's authors call (0, 0).
        default: the data set's own intrinsics, written as the option.

    Raises:
        CameraError: no camera is known, or it is for another image size.
    """
    sidecar = folder / SIDECAR
    if options.camera:
        camera = parse_camera(options.camera, size, corner=counts_from_corner(options, own_origin))
    elif is_there(sidecar):
        camera = read_camera(sidecar)
    elif default:
        camera = parse_camera(default, size, corner=own_origin == "corner")
    else:
        raise CameraError(
            f"No camera is known for the images in {folder}",
            f"Pass --camera fx,fy,cx,cy, or write {SIDECAR} beside the images",
        )
    if (camera.width, camera.height) != size:
        raise CameraError(
            f"The camera is for {camera.width} x {camera.height}, but the images in {folder} are {size[0]} x {size[1]}",
            "Pass the intrinsics of these images with --camera",
        )
    return camera


def counts_from_corner(options: SourceOptions, own_origin: Origin) -> bool:
    """Return whether camera options count from the corner of the top-left pixel."""
    return (own_origin if options.camera_origin == "auto" else options.camera_origin) == "corner"


def parse_camera(text: str, size: tuple[int, int], *, corner: bool) -> Camera:
    """Return a pinhole camera of ``size`` from ``f``, ``f,cx,cy`` or ``fx,fy,cx,cy``, or read any camera from a JSON
    file.

    Without cx, cy the principal point is the middle of the image. With ``corner``, the numbers count from the corner of
    the top-left pixel, and half a pixel is subtracted.

    Raises:
        CameraError: the text has another form.
    """
    if text.endswith(".json"):
        return read_camera(Path(text))
    width, height = size
    blame = Blame(f"Camera {shown(text)}", CameraError, _FORM)
    words = text.split(",")
    if len(words) not in (1, 3, 4):
        raise blame.refuse(f"has {len(words)} numbers")
    numbers = [real_or_not_finite(word, blame) for word in words]  # Camera refuses the latter by name
    if len(numbers) == 1:
        f = numbers[0]
        return Camera(width, height, f, f, (width - 1) / 2, (height - 1) / 2)
    if len(numbers) == 3:
        numbers.insert(1, numbers[0])
    fx, fy, cx, cy = numbers
    if corner:  # COLMAP counts so
        return camera_from_colmap("PINHOLE", width, height, numbers)
    return Camera(width, height, fx, fy, cx, cy)


def read_camera(path: Path) -> Camera:
    """Read a camera from a JSON file.

    Raises:
        CameraError: the file does not exist, or holds no camera.
    """
    fix = 'Write JSON such as {"width": 640, "height": 480, "fx": 525.5, "fy": 525.5, "cx": 319.5, "cy": 239.5}'
    blame = Blame("Cannot read a camera from", CameraError, fix, verdict=str(path))
    values = json_file.load(path, dict[str, Any], blame, most=MIB)
    try:
        return Camera.from_dict(values)
    except CameraError as error:
        raise CameraError(f"{path}: {error.problem}", error.fix or fix) from error
