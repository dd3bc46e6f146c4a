"""The rational camera that is nearest to one with a thin prism or a tilted sensor, for tools that have neither."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from reloc.errors import CameraError
from reloc.geometry.cameras import Camera, DistortionModel

MOST_OFF_PX = 0.5  # anywhere in the image
_GRID = 24  # pixels looked at, a side


def nearest_rational(camera: Camera) -> Camera:
    """A camera of the rational model with eight numbers that projects as ``camera`` does, to less than half a pixel.

    Raises:
        CameraError: there is none.
    """
    u, v = np.meshgrid(np.linspace(0, camera.width - 1, _GRID), np.linspace(0, camera.height - 1, _GRID))
    uv = np.column_stack([u.ravel(), v.ravel()])
    xy = camera.normalize(uv)
    seen = np.isfinite(xy).all(axis=1)
    uv, points = uv[seen], np.column_stack([xy[seen], np.ones(seen.sum())])
    start = np.array([camera.fx, camera.fy, camera.cx, camera.cy, *camera.distortion[:8]])
    scale = np.array([camera.fx, camera.fy, camera.width, camera.height, *[1.0] * 8])

    def off(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((_camera(camera, values * scale).project(points) - uv).ravel())

    found = least_squares(off, start / scale, max_nfev=200)
    worst = float(np.abs(found.fun).max()) if len(points) else np.inf
    if not worst <= MOST_OFF_PX:
        raise CameraError(
            f"COLMAP has no camera like this one of {len(camera.distortion)} coefficients: the nearest is {worst:.2f} "
            f"pixels off, {MOST_OFF_PX:g} are allowed",
            "Rectify the images, or calibrate with the rational model of 8 coefficients",
        )
    return _camera(camera, found.x * scale)


def _camera(like: Camera, values: NDArray[np.float64]) -> Camera:
    fx, fy, cx, cy, *distortion = (float(value) for value in values)
    fx, fy = max(fx, 1e-6), max(fy, 1e-6)
    return replace(like, fx=fx, fy=fy, cx=cx, cy=cy, model=DistortionModel.RATIONAL, distortion=tuple(distortion))
