"""Distortion models: their names, numbers of coefficients, and how they move points of the plane z = 1."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc.errors import CameraError
from reloc.parsing.blame import shown

Float64 = NDArray[np.float64]


class DistortionModel(Enum):
    """Distortion models, by their names in ``sensor_msgs/distortion_models``."""

    NONE = "none"
    PLUMB_BOB = "plumb_bob"  # k1 k2 p1 p2 k3
    RATIONAL = "rational_polynomial"  # k1 k2 p1 p2 k3 k4 k5 k6, with a thin prism s1 s2 s3 s4, with a tilt tx ty
    EQUIDISTANT = "equidistant"  # k1 k2 k3 k4 (fisheye, Kannala and Brandt)


COEFFICIENTS = {  # the possible numbers of coefficients
    DistortionModel.NONE: (0,),
    DistortionModel.PLUMB_BOB: (5,),
    DistortionModel.RATIONAL: (8, 12, 14),
    DistortionModel.EQUIDISTANT: (4,),
}
# Other names of the same models, in small letters, with "_" between words.
_ALIASES = {
    "plumb_bob": DistortionModel.PLUMB_BOB,
    "radtan": DistortionModel.PLUMB_BOB,
    "radial_tangential": DistortionModel.PLUMB_BOB,
    "brown_conrady": DistortionModel.PLUMB_BOB,
    "rational_polynomial": DistortionModel.RATIONAL,
    "rational": DistortionModel.RATIONAL,
    "equidistant": DistortionModel.EQUIDISTANT,
    "fisheye": DistortionModel.EQUIDISTANT,
    "kannala_brandt": DistortionModel.EQUIDISTANT,
    "kannala_brandt4": DistortionModel.EQUIDISTANT,
    "kb4": DistortionModel.EQUIDISTANT,
    "none": DistortionModel.NONE,
}
_BROWN_SIZES = (5, 8, 12, 14)  # OpenCV's polynomials, each a part of the next


def distorted(xy: Float64, model: DistortionModel, coefficients: Sequence[float]) -> Float64:
    """Return the distorted points (N, 2) of points (N, 2) on the plane z = 1; ``model`` is not ``NONE``."""
    points = np.column_stack([xy, np.ones(len(xy))])[:, None]
    zero, unit, d = np.zeros(3), np.eye(3), np.asarray(coefficients)
    project = cv2.fisheye.projectPoints if model is DistortionModel.EQUIDISTANT else cv2.projectPoints
    return np.asarray(project(points, zero, zero, unit, d)[0], dtype=np.float64).reshape(-1, 2)


def parse_distortion(name: str, d: Sequence[float]) -> tuple[DistortionModel, tuple[float, ...]]:
    """Return the model and its coefficients for any known name, as drivers and calibration tools write them.

    Args:
        name: of the model, for example "plumb_bob" or "fisheye"; any name fits if all coefficients are 0.
        d: the coefficients.

    Raises:
        CameraError: the name is unknown, or the number of coefficients does not fit it.
    """
    values = tuple(float(v) for v in d)
    if all(v == 0 for v in values):  # drivers send any number of zeros, with any name, for "none"
        return DistortionModel.NONE, ()
    model = _ALIASES.get("_".join(name.lower().replace("-", " ").replace("_", " ").split()))
    if model is None:
        known = ", ".join(m.value for m in DistortionModel)
        raise CameraError(
            f"Unknown distortion model {shown(name)} with d={shown(values)}",
            f"Known: {known}, and fisheye. Rectify the images, or give a camera of a known model with --camera",
        )
    if model in (DistortionModel.PLUMB_BOB, DistortionModel.RATIONAL):
        return _brown(model, values)
    count = COEFFICIENTS[model][0]
    if model is not DistortionModel.NONE and not any(values[count:]):
        values = values[:count]  # OpenCV's calibration writes 8, 12 or 14; those of other models are zero
    return model, values


def _brown(named: DistortionModel, values: tuple[float, ...]) -> tuple[DistortionModel, tuple[float, ...]]:
    """Return the model for these numbers, because drivers confuse plumb_bob with rational_polynomial, its extension."""
    used = len(values)
    while used and values[used - 1] == 0:
        used -= 1
    if len(values) < 4 or (len(values) not in (4, *_BROWN_SIZES) and used > _BROWN_SIZES[0]):
        raise CameraError(
            f"{named.value} with {len(values)} coefficients", "It takes 4, 5, 8, 12 or 14, as OpenCV's calibration"
        )
    least = 8 if named is DistortionModel.RATIONAL and len(values) >= 8 else 5
    size = next(count for count in _BROWN_SIZES if count >= max(used, least))
    padded = (values + (0.0,) * size)[:size]
    return DistortionModel.PLUMB_BOB if size == 5 else DistortionModel.RATIONAL, padded
