"""How much of what an image shows of the map lies where a pose says: what is known, and elsewhere, speaks against it.

A fragment of a picture in another one makes a pose with many inliers, and so does a picture made of shuffled pieces.
The rest of such an image does not merely lack matches, as where somebody stands in front: it matches, elsewhere.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float32, Float64, Int32
from reloc.estimators.hypothesis import FAR
from reloc.geometry.cameras import Camera
from reloc.geometry.image_grid import GRID, cells_of

_LEAST = 4  # cells: fewer may be a chair that was moved


def agreement(
    uv: Float32, keypoint: Int32, off_px: Float64, distinct: NDArray[np.bool_], camera: Camera, max_error_px: float
) -> float:
    """Share of the cells of an 8 x 8 grid over the image in which as many distinct matches agree as do not.

    Each key point is counted once; it agrees if any of its matches does. Fewer than four cells that do not are none.

    Args:
        uv: (N, 2) raw pixels of the query's key points.
        keypoint: (M,) of the matches.
        off_px: (M,) how far off each landmark is seen; infinite behind the camera.
        distinct: (M,) which of the matches are hardly chance.
        max_error_px: of an inlier.
    """
    near = np.unique(keypoint[off_px < FAR * max_error_px])
    known = np.unique(keypoint[distinct])
    agrees = np.isin(known, near)
    cells = cells_of(uv[known], camera)
    for_it, against = (np.bincount(cells[chosen], minlength=GRID**2) for chosen in (agrees, ~agrees))
    contradict = int((against > for_it).sum())
    return 1.0 - contradict / int((for_it + against > 0).sum()) if contradict >= _LEAST else 1.0


def contested(keypoint: Int32, off_px: Float64, max_error_px: float) -> float:
    """Share of the key points that agree with a pose of which another match lies elsewhere.

    In Red Kitchen and in a house with two offices that look alike it is 0.1 to 0.35, by chance.
    Of a pattern that repeats on two walls it is more than half, on the right one as on the wrong one.

    Args:
        keypoint: (M,) of the matches.
        off_px: (M,) how far off each landmark is seen; infinite behind the camera.
        max_error_px: of an inlier.
    """
    near = np.unique(keypoint[off_px < max_error_px])
    elsewhere = keypoint[off_px >= FAR * max_error_px]
    return float(np.isin(near, elsewhere).mean()) if len(near) else 0.0
