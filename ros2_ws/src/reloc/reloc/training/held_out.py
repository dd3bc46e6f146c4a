"""Split references into those to train on and those to validate with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.errors import TrainingDataError
from reloc.geometry.transforms import rotation_angles_between

FEWEST = 12  # references; with fewer, nothing is left for validation
FAR_M, FAR_DEG = 0.5, 20.0  # from one end of a stretch to the other


def split(world_from_cam: Float64, share: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return indices to learn from and indices held out, of references (N, 4, 4) in the order they were taken.

    Stretches of the drive are held out whose ends are 0.5 m or 20 degrees apart. The neighbor of an image in a video is
    nearly the same image, which would be no test. If references are that far apart anyway, as in a map of key frames, a
    stretch is one image.

    Raises:
        TrainingDataError: there are too few references.
    """
    count = len(world_from_cam)
    if count < FEWEST:
        raise TrainingDataError(
            f"The map has only {count} references; at least {FEWEST} are required, some hundred are good",
            "Build it from more images: lower --min-distance and --min-angle",
        )
    wanted = max(1, round(share * count))
    length = min(_stretch(world_from_cam), wanted)
    blocks = max(1, round(wanted / length))
    # In the middle of equal parts, so that neither the beginning nor the end of the drive is lost.
    starts = [round((b + 0.5) * count / blocks - length / 2) for b in range(blocks)]
    held_out = np.unique(np.clip(np.add.outer(starts, np.arange(length)), 1, count - 2))
    return np.setdiff1d(np.arange(count), held_out), held_out


def _stretch(world_from_cam: Float64) -> int:
    """Return how many references in a row cover that distance, in the median."""
    metres = np.linalg.norm(np.diff(world_from_cam[:, :3, 3], axis=0), axis=1)
    steps = metres / FAR_M + np.rad2deg(rotation_angles_between(world_from_cam[1:], world_from_cam[:-1])) / FAR_DEG
    return max(1, round(1.0 / max(float(np.median(steps)), 1e-3)))
