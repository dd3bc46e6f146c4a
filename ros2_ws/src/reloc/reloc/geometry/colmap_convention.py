"""COLMAP's conventions, and the only place that converts them.

In COLMAP the top-left corner of the top-left pixel is (0, 0), so that pixel's center is (0.5, 0.5). Here the center is
(0, 0). Pixels and principal points differ by that half pixel. Camera models differ only in name and order of
parameters. This file does not need pycolmap.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reloc.errors import CameraError
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.geometry.rational_fit import nearest_rational

Float64 = NDArray[np.float64]
_Numbers = tuple[float, ...]

HALF_PIXEL = 0.5


def colmap_from_uv(uv: ArrayLike) -> Float64:
    """Return COLMAP's image coordinates of pixels (..., 2)."""
    return np.asarray(uv, dtype=np.float64) + HALF_PIXEL


def uv_from_colmap(xy: ArrayLike) -> Float64:
    """Return pixels of COLMAP's image coordinates (..., 2)."""
    return np.asarray(xy, dtype=np.float64) - HALF_PIXEL


def colmap_from_camera(camera: Camera) -> tuple[str, _Numbers]:
    """Return COLMAP's model name and parameters of a camera.

    ``PINHOLE``, ``OPENCV``, ``FULL_OPENCV`` (where there is a k3, or the rational model) or ``OPENCV_FISHEYE``. COLMAP
    has no thin prism and no tilt: such a camera is given as the nearest one that it has.

    Raises:
        CameraError: none that it has is near enough.
    """
    if len(camera.distortion) > 8:
        camera = nearest_rational(camera)
    pinhole = (camera.fx, camera.fy, camera.cx + HALF_PIXEL, camera.cy + HALF_PIXEL)
    d = camera.distortion
    if camera.model is DistortionModel.NONE:
        return "PINHOLE", pinhole
    if camera.model is DistortionModel.EQUIDISTANT:
        return "OPENCV_FISHEYE", pinhole + d
    if camera.model is DistortionModel.PLUMB_BOB and d[4] == 0:
        return "OPENCV", pinhole + d[:4]
    return "FULL_OPENCV", pinhole + d + (0.0,) * (8 - len(d))


# For each readable model: the number of parameters, and these as (fx, fy, cx, cy), model, coefficients.
_READERS: dict[str, tuple[int, Callable[[_Numbers], tuple[_Numbers, DistortionModel, _Numbers]]]] = {
    "SIMPLE_PINHOLE": (3, lambda p: ((p[0], p[0], p[1], p[2]), DistortionModel.NONE, ())),
    "PINHOLE": (4, lambda p: (p, DistortionModel.NONE, ())),
    "SIMPLE_RADIAL": (4, lambda p: ((p[0], p[0], p[1], p[2]), DistortionModel.PLUMB_BOB, (p[3], 0.0, 0.0, 0.0, 0.0))),
    "RADIAL": (5, lambda p: ((p[0], p[0], p[1], p[2]), DistortionModel.PLUMB_BOB, (p[3], p[4], 0.0, 0.0, 0.0))),
    "OPENCV": (8, lambda p: (p[:4], DistortionModel.PLUMB_BOB, (*p[4:], 0.0))),
    "FULL_OPENCV": (12, lambda p: (p[:4], DistortionModel.RATIONAL, p[4:])),
    "OPENCV_FISHEYE": (8, lambda p: (p[:4], DistortionModel.EQUIDISTANT, p[4:])),
    "SIMPLE_FISHEYE": (3, lambda p: ((p[0], p[0], p[1], p[2]), DistortionModel.EQUIDISTANT, (0.0,) * 4)),
    "FISHEYE": (4, lambda p: (p, DistortionModel.EQUIDISTANT, (0.0,) * 4)),
    "SIMPLE_RADIAL_FISHEYE": (
        4,
        lambda p: ((p[0], p[0], p[1], p[2]), DistortionModel.EQUIDISTANT, (p[3], 0.0, 0.0, 0.0)),
    ),
    "RADIAL_FISHEYE": (
        5,
        lambda p: ((p[0], p[0], p[1], p[2]), DistortionModel.EQUIDISTANT, (p[3], p[4], 0.0, 0.0)),
    ),
}


def camera_from_colmap(model: str, width: int, height: int, params: Sequence[float]) -> Camera:
    """Return the camera of a COLMAP model name and its parameters.

    Raises:
        CameraError: the model is not supported, the number of parameters is wrong, or the values are not a camera.
    """
    if model not in _READERS:
        raise CameraError(
            f"COLMAP camera model {model!r} is not supported",
            f"Undistort the images (colmap image_undistorter), or use one of {', '.join(_READERS)}",
        )
    count, read = _READERS[model]
    if len(params) != count:
        raise CameraError(f"COLMAP camera model {model} with {len(params)} parameters", f"It needs {count}")
    (fx, fy, cx, cy), distortion_model, d = read(tuple(float(v) for v in params))
    if not any(d) and distortion_model is not DistortionModel.EQUIDISTANT:  # a fisheye's zeros are no pinhole
        distortion_model, d = DistortionModel.NONE, ()
    elif distortion_model is DistortionModel.RATIONAL and not any(d[5:]):
        distortion_model, d = DistortionModel.PLUMB_BOB, d[:5]
    return Camera(int(width), int(height), fx, fy, cx - HALF_PIXEL, cy - HALF_PIXEL, distortion_model, d)
