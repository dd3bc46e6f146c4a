"""Read a trajectory in TUM's format, to draw it in the map."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.errors import SourceError
from reloc.maps.left_out import LeftOut
from reloc.maps.source import SourceOptions
from reloc.maps.tum_lines import FORM, stamped_pose
from reloc.parsing.blame import Blame, shown
from reloc.parsing.text_file import read_lines

PATH_SUFFIXES = (".tum", ".txt")


@dataclass(frozen=True, slots=True, eq=False)
class DrawnPath:
    """Poses in the order of the file."""

    name: str
    stamps_ns: NDArray[np.int64]  # (N,)
    world_from_body: Float64  # (N, 4, 4) in the map's frame
    note: str = ""  # what was left out


def read_trajectory(path: Path) -> DrawnPath:
    """Return the trajectory in a file of lines ``stamp tx ty tz qx qy qz qw``: seconds, meters, the map's frame.

    A few bad lines are left out, as the importers do it, and noted.

    Raises:
        SourceError, PoseError: the file cannot be read, holds no pose, or too many lines are not of this form.
    """
    blame = Blame(f"The trajectory {shown(path)}", SourceError, f"TUM's format is {FORM} in each line")
    lines, left_out = read_lines(path, blame), LeftOut(f"lines of {shown(path)}", SourceOptions().max_bad)
    if not lines:
        raise blame.refuse("holds no pose")
    read = [partial(stamped_pose, line, f"{shown(path)}, line {number}") for number, line in lines]
    found = [left_out.attempt("that cannot be read", one) for one in read]
    left_out.check(len(lines))
    poses = [pose for pose in found if pose is not None]
    stamps = np.array([pose.stamp_ns for pose in poses], np.int64)
    matrices = np.array([pose.world_from_body for pose in poses], np.float64).reshape(-1, 4, 4)
    return DrawnPath(path.name, stamps, matrices, left_out.note(len(lines)))
