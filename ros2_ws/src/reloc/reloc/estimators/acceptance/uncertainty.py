"""State how uncertain a pose is, from the pixels' errors alone.

A least-squares fit takes all errors as independent noise of key points. In an exact map that is all there is: the fit's
covariance is right. What inliers err beyond that comes from landmarks and from the map's poses. Such errors differ in
two ways. They are larger than the residuals show, because the fit follows those that neighbors share. And they move the
camera in all directions, because poses of references err in directions that are not those in which this image is weak.
So they also count in the directions that the fit calls certain: with the mean variance of all directions. A direction's
variance is measured by what it does in the image, where a turn by s / f is as much as a move by s / f of the depth.

So the uncertainty has no constant in meters, and scales with the place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry.covariance import is_usable
from reloc.geometry.image_grid import GRID

# Error of a key point by itself, a standard deviation of each coordinate in the image in which it was found.
KEY_POINT_PX = 0.42
_LEAST_PX = 0.2  # a few inliers may agree better than this by chance
# Errors beyond key points' own count this many times. Chosen on Red Kitchen's seq-02 and two rendered worlds.
_FOLLOWED = 2.4
_COMMON = 0.01  # share of the variance that all inliers have in common, however many there are


@dataclass(frozen=True, slots=True)
class PixelErrors:
    """The errors from which a pose's uncertainty is computed."""

    residual_px: float  # standard deviation of a coordinate of the inliers' residuals, robust
    pixel: float  # size of a pixel of the image in which key points were found, in pixels of the query
    map_px: float  # error of the map's poses, in the same pixels as KEY_POINT_PX
    focal_px: float  # focal length of the query's camera
    depth: float  # median depth of the inliers, in the map's unit; NaN if unknown

    @property
    def noise_px(self) -> float:
        """The standard deviation of a coordinate that explains the errors of poses, in pixels of the query."""
        own = max(self.residual_px / self.pixel, _LEAST_PX)
        beyond = max(0.0, own**2 - KEY_POINT_PX**2) ** 0.5
        return self.pixel * float(np.linalg.norm([own, _FOLLOWED * beyond, self.map_px]))


def honest(unit: Float64, errors: PixelErrors) -> Float64:
    """Return a covariance (6, 6) that also covers what a least-squares fit does not know.

    Args:
        unit: of the fit to inliers whose coordinates have a standard deviation of one pixel, (6, 6), as in Localized.
        errors: the pixels' errors.
    """
    if not is_usable(unit):
        return unit
    depth = errors.depth
    if not np.isfinite(depth):  # the fit itself knows: a pixel moves the camera by the depth times what it turns it by
        depth = float(np.sqrt(np.trace(unit[:3, :3]) / np.trace(unit[3:, 3:])))
    by_pixel = np.repeat([depth, 1.0], 3) / errors.focal_px
    in_pixels = np.diag(unit) / by_pixel**2
    everywhere = (in_pixels.mean() + _COMMON) * by_pixel**2
    return np.asarray(errors.noise_px**2 * (unit + np.diag(everywhere)))


def dependence(inliers: int, covered: float) -> float:
    """Return how many inliers share a cell of the coverage grid, at least 1.

    Args:
        inliers: number of key points that the pose explains.
        covered: share of the grid over the image that holds one.
    """
    return max(1.0, inliers / max(1.0, covered * GRID**2))
