"""Which references are learned from, and which are kept to judge the network by."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reloc.errors import TrainingDataError

FEWEST = 12  # references; with fewer, nothing is left to judge by
BLOCKS = 5


def split(count: int, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices to learn from and indices held out, of ``count`` references in the order they were taken.

    What is held out are stretches of the drive, not single images: the neighbour of an image in a video is nearly the
    same image, and to know that says nothing.

    Raises:
        TrainingDataError: too few references.
    """
    if count < FEWEST:
        raise TrainingDataError(
            f"The map has {count} references; {FEWEST} are the least, some hundred are good",
            "Build it from more images: --min-distance and --min-angle thin them out",
        )
    blocks = min(BLOCKS, count // 8) or 1
    length = max(1, round(share * count / blocks))
    # In the middle of equal parts, so that neither the beginning nor the end of the drive is lost.
    starts = [round((b + 0.5) * count / blocks - length / 2) for b in range(blocks)]
    held_out = np.concatenate([np.arange(start, start + length) for start in starts])
    return np.setdiff1d(np.arange(count), held_out), held_out
