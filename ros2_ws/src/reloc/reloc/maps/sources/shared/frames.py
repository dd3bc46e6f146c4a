"""Read poses from text, and check a whole list of frames; used by all importers of folders."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from reloc import images
from reloc.datatypes import Float64
from reloc.errors import MapEmptyError, PoseError, SourceError
from reloc.maps.left_out import LeftOut
from reloc.maps.source import SPLITS, SourceFrame
from reloc.parsing import text_file
from reloc.parsing.blame import Blame, shown
from reloc.parsing.names import text as check_name
from reloc.parsing.numbers import real_or_not_finite
from reloc.parsing.regular_file import MIB
from reloc.parsing.text_file import read_text

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm")


def read_matrix(path: Path) -> Float64:
    """Return the 4 x 4 numbers of a text file, not yet checked to be a pose.

    Raises:
        PoseError: the file is missing or holds something else.
    """
    blame = Blame(str(path), PoseError, "Each image needs a pose file with 4 x 4 numbers", verdict="is not a pose")
    words = read_text(path, blame, MIB).split()
    if len(words) != 16:
        raise PoseError(f"{path} holds {len(words)} numbers", "A pose file must hold 4 x 4 numbers")
    return np.array([real_or_not_finite(word, blame) for word in words], dtype=np.float64).reshape(4, 4)


def read_lines(path: Path, what: str) -> list[str]:
    """Return the lines of a text file without comments and empty lines.

    Raises:
        SourceError: the file is missing or not text.
    """
    return [line for _, line in numbered_lines(path, what)]


def numbered_lines(path: Path, what: str) -> list[tuple[int, str]]:
    """Return the lines as :func:`lines` does, each with its number in the file, counted from 1.

    Raises:
        SourceError: the file is missing or not text.
    """
    return text_file.read_lines(path, Blame(str(path), SourceError, f"It should hold {what}"))


def check_split(split: str) -> str:
    """Return the split's own name.

    Raises:
        SourceError: there is no such split.
    """
    if split not in SPLITS:
        raise SourceError(f"There is no split {shown(split)}", f"Splits: {', '.join(SPLITS)}")
    return split


def image_size(path: Path) -> tuple[int, int]:
    """Return (width, height) of an image file.

    Raises:
        ImageError: the file is missing or not an image.
    """
    return images.load_size(path)


def natural(text: str) -> list[tuple[int, str]]:
    """Return a sort key that puts frame-2 before frame-10."""
    # A number is compared by its length, then by its digits, so that one of 5,000 digits costs nothing.
    parts = re.split(r"([0-9]+)", text)
    return [(len(bare := part.lstrip("0")), bare) if i % 2 else (-1, part) for i, part in enumerate(parts)]


def check_frames(
    frames: Sequence[SourceFrame], what: str, left_out: LeftOut, *, allow_duplicates: bool
) -> list[SourceFrame]:
    """The frames without those that nobody meant, which are added to ``left_out``.

    Neighbours may have the same pose: the camera stood still, or its driver repeated an image. A camera
    that moves and comes back to the very same 16 numbers has been given another frame's pose, and so
    have frames that all stand at one pose. Of two frames of one pose, or of one name with two poses, nothing tells
    which is right: both are left out.

    Raises:
        MapEmptyError: there is no frame.
        PoseError: all stand at one pose.
        RelocError: none can be read; the class of the first bad one.
        SourceError: a name is not UTF-8, or holds a NUL.
    """
    if not frames and not left_out.count:
        raise MapEmptyError(f"{what} holds no frame", "Check the folder and the split")
    bad: set[int] = set()
    names: dict[str, int] = {}
    poses: dict[bytes, int] = {}
    for i, frame in enumerate(frames):
        check_name(frame.name, Blame(f"A frame's name in {what}", SourceError, "Rename the file"))
        key = _key(frame)
        if (before := names.setdefault(frame.name, i)) != i:
            problem = f"{what} lists {frame.name} twice"
            left_out.add("twice", PoseError(problem, "Each frame has one name and one pose"))
            bad.add(i)
            if frames[before].world_from_cam is not None and key != _key(frames[before]) and before not in bad:
                left_out.add("of a name with two poses", PoseError(problem, "Mend the poses"))
                bad.add(before)
            continue
        if not key or allow_duplicates:
            continue
        before = poses.get(key, i)
        if before not in (i, i - 1):
            problem = f"{frame.name} has exactly the pose of {frames[before].name} in {what}"
            error = PoseError(problem, "Mend the pose, or say --allow-duplicates")
            left_out.add("of another frame's pose", error, 1 + (before not in bad))
            bad |= {i, before}
        poses[key] = i
    if len(frames) > 1 and len(poses) == 1 and len(names) > 1 and not bad and frames[0].world_from_cam is not None:
        raise PoseError(
            f"All {len(frames)} frames of {what} have the same pose", "Correct the poses, or pass --allow-duplicates"
        )
    return [frame for i, frame in enumerate(frames) if i not in bad]


def _key(frame: SourceFrame) -> bytes:
    return b"" if frame.world_from_cam is None else frame.world_from_cam.tobytes()
