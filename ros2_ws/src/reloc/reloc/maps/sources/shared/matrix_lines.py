"""KITTI's form of a pose: twelve numbers a line, the rows of a 3 x 4 matrix."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import SourceError
from reloc.geometry import transforms
from reloc.parsing.blame import Blame, shown
from reloc.parsing.numbers import real_or_not_finite

NUMBERS = 12


def matrix_of(line: str, where: str) -> Float64:
    """Return the pose (4, 4) of a line.

    Raises:
        SourceError: it does not have twelve numbers.
        PoseError: they are not a rigid transform.
    """
    words, blame = line.replace(",", " ").split(), Blame(where, SourceError, "A line is a pose of 3 x 4 numbers")
    if len(words) != NUMBERS:
        raise blame.refuse(f"says {shown(line)}")
    rows = np.array([real_or_not_finite(word, blame) for word in words]).reshape(3, 4)
    return transforms.check_rigid(np.vstack([rows, [0.0, 0.0, 0.0, 1.0]]), f"The pose in {where}")
