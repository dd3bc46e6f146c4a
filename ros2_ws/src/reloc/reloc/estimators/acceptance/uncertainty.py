"""State how uncertain a pose is, from the pixels' errors alone.

A least-squares fit takes all errors as independent. Two kinds are not. Neighboring key points share blur, landmarks and
calibration. And poses of the map's references err, which shifts all landmarks of a reference together, so that no
number of inliers averages it out. Such a shift by s pixels turns the camera by s / f, or moves it by s / f of the
depth. So the uncertainty has no constant in meters, and scales with the place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry.cameras import Camera
from reloc.geometry.image_grid import GRID

KEY_POINT_PX = 0.5  # median error of a key point by itself, in the image in which it was found
# A pose errs by this many times the inliers' median error, beyond what key points err by themselves. The median of
# distances is 1.2 sigmas of each coordinate, and the worst of the directions counts. Chosen on rendered rooms with
# exact poses and on Red Kitchen's seq-02; judged on others.
_SHARED = 1.6


@dataclass(frozen=True, slots=True)
class PixelErrors:
    """The errors from which a pose's uncertainty is computed."""

    median_px: float  # median error of the inliers
    pixel: float  # size of a pixel of the image in which key points were found, in pixels of the query
    map_px: float  # error of the map's poses, in the same pixels as KEY_POINT_PX
    focal_px: float  # focal length of the query's camera
    depth: float  # median depth of the inliers, in the map's unit; NaN if unknown

    @property
    def shared_px(self) -> float:
        """The error that all key points share, in pixels of the query."""
        beyond = max(0.0, (self.median_px / self.pixel) ** 2 - KEY_POINT_PX**2) ** 0.5
        return self.pixel * float(np.hypot(_SHARED * beyond, self.map_px))

    def focal_sigma(self, camera: Camera) -> float:
        """Return the share of a measured focal length that these errors make uncertain.

        Landmarks at the edge of the image that are off by so many pixels look like another focal length.
        """
        return self.shared_px / (0.5 * max(camera.width, camera.height))


def honest(covariance: Float64, inliers: int, covered: float, errors: PixelErrors) -> Float64:
    """Return a covariance (6, 6) that also covers what a least-squares fit does not know.

    Args:
        covariance: of the fit, (6, 6), as in Localized.
        inliers: number of key points that it explains.
        covered: share of the 8 x 8 grid over the image that holds one.
        errors: the pixels' errors.
    """
    angle = errors.shared_px / errors.focal_px
    depth = errors.depth
    if not np.isfinite(depth):  # the fit itself knows: a pixel moves the camera by the depth times what it turns it by
        moves, turns = np.trace(covariance[:3, :3]), np.trace(covariance[3:, 3:])
        depth = float(np.sqrt(moves / turns)) if turns > 0.0 else 0.0
    shared = np.repeat([angle * depth, angle], 3) ** 2
    return np.asarray(covariance * dependence(inliers, covered) ** 0.5 + np.diag(shared))


def dependence(inliers: int, covered: float) -> float:
    """Return how many inliers share a cell of the coverage grid, at least 1."""
    return max(1.0, inliers / max(1.0, covered * GRID**2))
