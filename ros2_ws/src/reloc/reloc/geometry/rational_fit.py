"""The rational camera that is nearest to one with a thin prism or a tilted sensor, for tools that have neither."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from reloc.errors import CameraError
from reloc.geometry.cameras import Camera, DistortionModel

MOST_OFF_PX = 1.0  # anywhere in the image
_GRID = 24  # pixels looked at, a side


def nearest_rational(camera: Camera) -> Camera:
    """A camera of the rational model with eight numbers that projects as ``camera`` does, to less than a pixel.

    Raises:
        CameraError: there is none.
    """
    u, v = np.meshgrid(np.linspace(0, camera.width - 1, _GRID), np.linspace(0, camera.height - 1, _GRID))
    uv = np.column_stack([u.ravel(), v.ravel()])
    xy = camera.normalize(uv)
    seen = np.isfinite(xy).all(axis=1)
    uv, points = uv[seen], xy[seen]
    start = np.array([camera.fx, camera.fy, camera.cx, camera.cy, *camera.distortion[:8]])
    scale = np.array([camera.fx, camera.fy, camera.width, camera.height, *[1.0] * 8])

    def off(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return (_project(values * scale, points) - uv).ravel()

    found = least_squares(off, start / scale, max_nfev=40)
    worst = float(np.abs(found.fun).max()) if len(points) else np.inf
    if not worst <= MOST_OFF_PX:
        raise CameraError(
            f"COLMAP has no camera like this one of {len(camera.distortion)} coefficients: the nearest is {worst:.2f} "
            f"pixels off, {MOST_OFF_PX:g} are allowed",
            "Rectify the images, or calibrate with the rational model of 8 coefficients",
        )
    return _camera(camera, found.x * scale)


def _project(values: NDArray[np.float64], xy: NDArray[np.float64]) -> NDArray[np.float64]:
    """OpenCV's rational model; its own function computes derivatives, too, and takes a hundred times longer."""
    fx, fy, cx, cy, k1, k2, p1, p2, k3, k4, k5, k6 = values
    x, y = xy.T
    r2 = x * x + y * y
    radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / (1 + r2 * (k4 + r2 * (k5 + r2 * k6)))
    u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    v = y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y
    return np.column_stack([fx * u + cx, fy * v + cy])


def _camera(like: Camera, values: NDArray[np.float64]) -> Camera:
    fx, fy, cx, cy, *distortion = (float(value) for value in values)
    fx, fy = max(fx, 1e-6), max(fy, 1e-6)
    return replace(like, fx=fx, fy=fy, cx=cx, cy=cy, model=DistortionModel.RATIONAL, distortion=tuple(distortion))
