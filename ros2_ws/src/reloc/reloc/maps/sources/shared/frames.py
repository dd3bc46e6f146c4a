"""What all importers of folders need: poses from text, and checks over the whole list of frames."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import MapEmptyError, PoseError, SourceError
from reloc.maps.source import SPLITS, SourceFrame

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm")


def read_matrix(path: Path) -> Float64:
    """The 4 x 4 numbers of a text file, not yet checked to be a pose.

    Raises:
        PoseError: the file is missing or holds something else.
    """
    try:
        numbers = np.array(path.read_text().split(), dtype=np.float64)
    except FileNotFoundError:
        raise PoseError(f"{path} does not exist", "Each image needs its pose file") from None
    except (ValueError, OSError) as error:
        raise PoseError(f"{path} is no pose: {error}", "It must hold 4 x 4 numbers") from None
    if numbers.size != 16:
        raise PoseError(f"{path} holds {numbers.size} numbers", "A pose is 4 x 4")
    return numbers.reshape(4, 4)


def read_lines(path: Path, what: str) -> list[str]:
    """The lines of a text file, without comments and empty ones.

    Raises:
        SourceError: it is missing or not text.
    """
    try:
        lines = [line.strip() for line in path.read_text().splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} cannot be read: {error}", f"It should hold {what}") from None
    return [line for line in lines if line and not line.startswith("#")]


def check_split(split: str) -> str:
    """The split's own name.

    Raises:
        SourceError: there is no such split.
    """
    if split not in SPLITS:
        raise SourceError(f"No split {split!r}", f"There are: {', '.join(SPLITS)}")
    return split


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) of an image file.

    Raises:
        ImageError: it is missing or no image.
    """
    height, width = images.load(path).shape[:2]
    return width, height


def natural(text: str) -> list[tuple[int, str]]:
    """A sort key by which frame-2 comes before frame-10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.split(r"(\d+)", text)]


def check_frames(frames: Sequence[SourceFrame], what: str, *, allow_duplicates: bool) -> None:
    """Refuse a list of frames that nobody meant.

    Neighbours may have the same pose: the camera stood still, or its driver repeated an image. A camera
    that moves and comes back to the very same 16 numbers has been given another frame's pose, and so
    have frames that all stand at one pose.

    Raises:
        MapEmptyError: there is no frame.
        PoseError: a name, or a pose, stands twice.
    """
    if not frames:
        raise MapEmptyError(f"{what} holds no frame", "Check the folder and the split")
    names: set[str] = set()
    poses: dict[bytes, int] = {}
    for i, frame in enumerate(frames):
        if frame.name in names:
            raise PoseError(f"{what} lists {frame.name} twice", "Each frame has one name and one pose")
        names.add(frame.name)
        if frame.world_from_cam is None or allow_duplicates:
            continue
        key = frame.world_from_cam.tobytes()
        before = poses.get(key)
        if before is not None and before != i - 1:
            raise PoseError(
                f"{frame.name} has exactly the pose of {frames[before].name} in {what}",
                "Mend the pose, or say --allow-duplicates",
            )
        poses[key] = i
    if len(frames) > 1 and len(poses) == 1 and frames[0].world_from_cam is not None:
        raise PoseError(
            f"All {len(frames)} frames of {what} have the same pose", "Mend the poses, or say --allow-duplicates"
        )
