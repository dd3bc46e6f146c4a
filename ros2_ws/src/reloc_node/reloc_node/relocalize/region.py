"""A polygon on the floor, and the test whether a robot is in it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from reloc.datatypes import Float64

LEAST_AREA_M2 = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A polygon that includes its edges. Where edges cross, areas enclosed an even number of times are outside."""

    corners: Float64  # (N, 2) meters, in the region's frame
    region_from_map: Float64  # (4, 4)

    def holds(self, map_from_base: Float64) -> bool:
        """Return whether the robot's base is above or below the polygon."""
        x, y = (self.region_from_map @ map_from_base)[:2, 3]
        # OpenCV needs float32, which is precise enough relative to the first corner, but not to a far origin.
        corners = (self.corners - self.corners[0]).astype(np.float32)
        x, y = float(x - self.corners[0, 0]), float(y - self.corners[0, 1])
        return bool(cv2.pointPolygonTest(corners.reshape(-1, 1, 2), (x, y), False) >= 0)


def is_flat(corners: Float64) -> bool:
    """Return whether all corners (N, 2) lie on one line or point, so that nothing can be inside."""
    centred = corners - corners.mean(axis=0)
    return bool(np.linalg.svd(centred, compute_uv=False)[-1] ** 2 < LEAST_AREA_M2)
