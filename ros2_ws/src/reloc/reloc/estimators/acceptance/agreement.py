"""Measure how much of what an image shows of the map lies where a pose predicts it. Matches elsewhere contradict the
pose.

A fragment of one picture inside another gives a pose with many inliers. So does a picture of shuffled pieces. The rest
of such an image does not just lack matches, as behind a person; it matches at other places.
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
    """Return the share of cells of an 8 x 8 grid over the image whose distinct matches mostly agree.

    Each key point is counted once; it agrees if any of its matches does. Up to three disagreeing cells are ignored.

    Args:
        uv: (N, 2) raw pixels of the query's key points.
        keypoint: (M,) of the matches.
        off_px: (M,) reprojection error of each landmark; infinite behind the camera.
        distinct: (M,) matches that are unlikely by chance.
        max_error_px: largest error of an inlier.
    """
    near = np.unique(keypoint[off_px < FAR * max_error_px])
    known = np.unique(keypoint[distinct])
    agrees = np.isin(known, near)
    cells = cells_of(uv[known], camera)
    for_it, against = (np.bincount(cells[chosen], minlength=GRID**2) for chosen in (agrees, ~agrees))
    contradict = int((against > for_it).sum())
    return 1.0 - contradict / int((for_it + against > 0).sum()) if contradict >= _LEAST else 1.0


def contested(keypoint: Int32, off_px: Float64, max_error_px: float) -> float:
    """Return the share of the agreeing key points that also match a landmark elsewhere.

    In Red Kitchen and in a house with two identical offices it is 0.1 to 0.35, by chance. For a pattern that repeats on
    two walls it exceeds 0.5, on the correct wall and on the wrong one.

    Args:
        keypoint: (M,) of the matches.
        off_px: (M,) reprojection error of each landmark; infinite behind the camera.
        max_error_px: largest error of an inlier.
    """
    near = np.unique(keypoint[off_px < max_error_px])
    elsewhere = keypoint[off_px >= FAR * max_error_px]
    return float(np.isin(near, elsewhere).mean()) if len(near) else 0.0
