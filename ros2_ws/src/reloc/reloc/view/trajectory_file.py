"""Read a trajectory in TUM's format, to draw it in the map."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.errors import SourceError
from reloc.maps.pose_input import from_quaternion
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real
from reloc.parsing.stamps import seconds_to_ns
from reloc.parsing.text_file import read_lines

PATH_SUFFIXES = (".tum", ".txt")
_COLUMNS = 8
_FORM = "stamp tx ty tz qx qy qz qw in each line"


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPath:
    """Poses in the order of the file."""

    name: str
    stamps_ns: NDArray[np.int64]  # (N,)
    world_from_body: Float64  # (N, 4, 4) in the map's frame


def read_trajectory(path: Path) -> DrawnPath:
    """Return the trajectory in a file of lines ``stamp tx ty tz qx qy qz qw``: seconds, meters, the map's frame.

    Raises:
        SourceError, PoseError: the file cannot be read, holds no pose, or a line is not of this form.
    """
    blame = Blame(f"The trajectory {shown(path)}", SourceError, f"TUM's format is {_FORM}")
    stamps, poses = [], []
    for number, line in read_lines(path, blame):
        words = line.replace(",", " ").split()
        part = replace(blame, part=f"line {number}")
        if len(words) != _COLUMNS:
            raise part.refuse(f"has {len(words)} columns: {shown(line)}; {_COLUMNS} are expected")
        stamps.append(seconds_to_ns(words[0], part))
        numbers = [real(word, part) for word in words[1:]]
        poses.append(from_quaternion(numbers[3:], numbers[:3], f"The pose in line {number} of {shown(path)}"))
    if not poses:
        raise blame.refuse("holds no pose")
    return DrawnPath(path.name, np.array(stamps, np.int64), np.array(poses, np.float64))
