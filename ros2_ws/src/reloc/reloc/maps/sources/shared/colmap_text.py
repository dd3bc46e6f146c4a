"""A COLMAP model in text, line by line: COLMAP's own reader gives up on the first line that does not fit."""

from __future__ import annotations

import math
from pathlib import Path

from reloc.errors import PoseError, SourceError
from reloc.maps.left_out import LeftOut
from reloc.maps.pose_input import from_quaternion
from reloc.maps.sources.shared.colmap_worker import ColmapCamera, ColmapImage, ColmapModel
from reloc.parsing import text_file
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import LARGEST, real, real_or_not_finite, whole

FIX = "Export the model again"
_IMAGE_WORDS = 10  # id, qw, qx, qy, qz, tx, ty, tz, camera, name


def read_text_model(place: Path, left_out: LeftOut) -> ColmapModel:
    """The cameras and images of ``cameras.txt`` and ``images.txt``; lines that are bad are left out.

    Raises:
        SourceError: a file is missing or no text, or a camera cannot be read.
    """
    return ColmapModel(_cameras(place / "cameras.txt"), _images(place / "images.txt", left_out))


def _cameras(file: Path) -> list[ColmapCamera]:
    blame = _blame(file)
    cameras = []
    for number, line in text_file.read_lines(file, blame):
        words, part = line.split(), blame.at(f"line {number}")
        if len(words) < 5:
            raise part.refuse(f"says {shown(line)}: an id, a model, width, height and parameters are expected")
        width, height = (whole(word, part, 1, LARGEST) for word in words[2:4])
        parameters = [real(word, part) for word in words[4:]]
        cameras.append(ColmapCamera(whole(words[0], part, 0), words[1], width, height, parameters))
    return cameras


def _images(file: Path, left_out: LeftOut) -> list[ColmapImage]:
    """Each image's line; the lines of its points, which stand between, may be missing, empty or swapped."""
    blame = _blame(file)
    images = []
    for number, line in text_file.read_lines(file, blame):
        words = line.split(maxsplit=_IMAGE_WORDS - 1)
        part = blame.at(f"line {number}")
        if _is_points(words):
            if len(words) < _IMAGE_WORDS and len(words) % 3:
                left_out.add("that are cut off", part.refuse(f"says {shown(line)}"))
            continue
        try:
            images.append(_image(words, part, f"The pose in {file}, line {number},"))
        except PoseError as error:
            left_out.add("not rigid or not finite", error)
        except SourceError as error:
            left_out.add("that cannot be read", error)
    return images


def _image(words: list[str], part: Blame, what: str) -> ColmapImage:
    if len(words) < _IMAGE_WORDS:
        raise part.refuse(
            f"says {shown(' '.join(words))}: an id, a pose of 7 numbers, a camera and a name are expected"
        )
    whole(words[0], part, 0)
    qw, qx, qy, qz, *translation = (real_or_not_finite(word, part) for word in words[1:8])
    cam_from_world = from_quaternion((qx, qy, qz, qw), translation, what)
    return ColmapImage(words[9], whole(words[8], part, 0), cam_from_world[:3].tolist())


def _is_points(words: list[str]) -> bool:
    """Whether a line is of points: x, y and an id each. That of an image ends in a name, and no number follows it."""
    if len(words) < _IMAGE_WORDS:
        return all(_is_number(word) for word in words)
    rest = words[_IMAGE_WORDS - 1].split()
    return len(rest) > 1 and all(_is_number(word) for word in (*words[:-1], rest[0], rest[1]))


def _is_number(word: str) -> bool:
    try:
        return not math.isnan(float(word))
    except ValueError:
        return False


def _blame(file: Path) -> Blame:
    return Blame(f"The COLMAP model's {file}", SourceError, FIX)
