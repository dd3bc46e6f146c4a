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
from reloc.parsing import text_file
from reloc.parsing.blame import Blame, shown
from reloc.parsing.names import text as check_name
from reloc.parsing.numbers import real_or_not_finite
from reloc.parsing.regular_file import MIB
from reloc.parsing.text_file import read_text

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm")


def read_matrix(path: Path) -> Float64:
    """The 4 x 4 numbers of a text file, not yet checked to be a pose.

    Raises:
        PoseError: the file is missing or holds something else.
    """
    blame = Blame(str(path), PoseError, "Each image needs its pose file of 4 x 4 numbers", verdict="is no pose")
    words = read_text(path, blame, MIB).split()
    if len(words) != 16:
        raise PoseError(f"{path} holds {len(words)} numbers", "A pose is 4 x 4")
    return np.array([real_or_not_finite(word, blame) for word in words], dtype=np.float64).reshape(4, 4)


def read_lines(path: Path, what: str) -> list[str]:
    """The lines of a text file, without comments and empty ones.

    Raises:
        SourceError: it is missing or not text.
    """
    return [line for _, line in numbered_lines(path, what)]


def numbered_lines(path: Path, what: str) -> list[tuple[int, str]]:
    """The same, each with its number in the file, from 1.

    Raises:
        SourceError: it is missing or not text.
    """
    return text_file.read_lines(path, Blame(str(path), SourceError, f"It should hold {what}"))


def check_split(split: str) -> str:
    """The split's own name.

    Raises:
        SourceError: there is no such split.
    """
    if split not in SPLITS:
        raise SourceError(f"No split {shown(split)}", f"There are: {', '.join(SPLITS)}")
    return split


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) of an image file.

    Raises:
        ImageError: it is missing or no image.
    """
    return images.load_size(path)


def natural(text: str) -> list[tuple[int, str]]:
    """A sort key by which frame-2 comes before frame-10."""
    # A number is compared by its length, then by its digits: one of 5,000 digits costs nothing.
    parts = re.split(r"([0-9]+)", text)
    return [(len(bare := part.lstrip("0")), bare) if i % 2 else (-1, part) for i, part in enumerate(parts)]


def check_frames(frames: Sequence[SourceFrame], what: str, *, allow_duplicates: bool) -> None:
    """Refuse a list of frames that nobody meant.

    Neighbours may have the same pose: the camera stood still, or its driver repeated an image. A camera
    that moves and comes back to the very same 16 numbers has been given another frame's pose, and so
    have frames that all stand at one pose.

    Raises:
        MapEmptyError: there is no frame.
        PoseError: a name, or a pose, stands twice.
        SourceError: a name is not UTF-8, or holds a NUL.
    """
    if not frames:
        raise MapEmptyError(f"{what} holds no frame", "Check the folder and the split")
    names: set[str] = set()
    poses: dict[bytes, int] = {}
    for i, frame in enumerate(frames):
        check_name(frame.name, Blame(f"A frame's name in {what}", SourceError, "Rename the file"))
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
