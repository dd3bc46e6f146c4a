"""Scale and axes from poses that the source has of some images, such as odometry."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import SfmError
from reloc.maps.sfm.piece import SfmPiece
from reloc.maps.sfm.similarity import Similarity, check_finite, of_poses, rms_after

LEAST = 3  # poses
LEAST_PATH_M = 0.3  # of their extent; a shorter one has no scale


def by_poses(piece: SfmPiece, known: Mapping[int, Float64]) -> tuple[Similarity, str]:
    """Return the change to the world of ``known`` poses (4, 4) by image number, and what it is from in words.

    Raises:
        SfmError: too few images have such a pose, or the camera stood still.
    """
    both = [index for index, number in enumerate(piece.images) if number in known]
    if len(both) < LEAST:
        raise SfmError(f"{len(both)} images have a pose in the source and one by structure from motion",
                       f"At least {LEAST} are needed: choose another --sfm-scale")  # fmt: skip
    found = piece.world_from_cam[both]
    told = np.stack([known[piece.images[index]] for index in both])
    extent = float(np.ptp(told[:, :3, 3], axis=0).max())
    if extent < LEAST_PATH_M:
        raise SfmError(
            f"The source's poses move by {extent:.2f} m, at least {LEAST_PATH_M} m are needed for a scale",
            "Drive farther, or choose another --sfm-scale",
        )
    change = of_poses(found, told)
    if not check_finite(change):
        raise SfmError("The source's poses give no scale", "Choose another --sfm-scale")
    return change, f"{len(both)} poses of the source, which differ by {rms_after(change, found, told):.2f} m (rms)"
