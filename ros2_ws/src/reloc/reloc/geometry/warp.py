"""Compute where one camera sees what another sees from the same place: the geometry of undistorting and resizing.

Both cameras have the same axes and center, so depth does not matter. (0, 0) is the center of the top-left pixel, and an
image reaches from -0.5 to its size minus 0.5.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from reloc.geometry.cameras import Camera, DistortionModel

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class WarpedView:
    """The target's view in the pixels of a source camera."""

    u: Float32  # (h, w) columns
    v: Float32  # (h, w) rows
    inside: NDArray[np.bool_]  # (h, w) the source has that pixel


@dataclass(frozen=True, slots=True, eq=False)
class WarpSight:
    """Positions in the source camera of the target's pixels and of one more pixel all around."""

    u: Float32  # (h + 2, w + 2)
    v: Float32  # (h + 2, w + 2)
    proper: NDArray[np.bool_]  # (h + 2, w + 2) the source's distortion is valid there
    source: Camera

    def at(self, samples: int) -> WarpedView:
        """Return the view at ``samples`` x ``samples`` points in each pixel; the arrays grow by that factor.

        It interpolates in between: a lens varies little within a pixel, and this delays the first frame.
        """
        u, v = (_finer(values, samples, cv2.INTER_LINEAR) for values in (self.u, self.v))
        inside = _finer(self.proper.astype(np.uint8), samples, cv2.INTER_NEAREST) > 0
        with np.errstate(invalid="ignore"):
            inside &= (u >= -0.5) & (u <= self.source.width - 0.5) & (v >= -0.5) & (v <= self.source.height - 0.5)
        return WarpedView(u, v, inside)


def sight(target: Camera, source: Camera) -> WarpSight:
    """Return the view of ``target``, a pinhole, in the pixels of ``source``."""
    wider = target.cropped(-1, -1, target.width + 2, target.height + 2)
    x, y = (np.arange(wider.width) - wider.cx) / wider.fx, (np.arange(wider.height) - wider.cy) / wider.fy
    rays = np.stack([*np.meshgrid(x, y), np.ones((wider.height, wider.width))], axis=-1)
    uv = source.project(rays.reshape(-1, 3)).reshape(wider.height, wider.width, 2)
    proper = np.ones((wider.height, wider.width), np.bool_)
    if source.model is not DistortionModel.NONE:
        proper = _before_the_fold(uv[..., 0], uv[..., 1], rays)
    return WarpSight(uv[..., 0].astype(np.float32), uv[..., 1].astype(np.float32), proper, source)


def rectangle(target: Camera, source: Camera) -> tuple[float, float, float, float]:
    """Return the left, top, right and bottom edge of ``target``'s view in ``source``; neither is distorted.

    They are counted from the image's edge, as slices are: 0 is where the first pixel begins.
    """
    sx, sy = source.fx / target.fx, source.fy / target.fy
    left, top = source.cx + 0.5 - (target.cx + 0.5) * sx, source.cy + 0.5 - (target.cy + 0.5) * sy
    return left, top, left + target.width * sx, top + target.height * sy


def pixels_per_pixel(seen: WarpedView) -> tuple[float, float]:
    """Return the smallest and largest distance in source pixels between neighboring points of ``seen``, if there are
    any.
    """
    if not seen.inside.any() or min(seen.u.shape) < 2:
        return 1.0, 1.0
    across = np.hypot(np.gradient(seen.u, axis=1), np.gradient(seen.v, axis=1))
    down = np.hypot(np.gradient(seen.u, axis=0), np.gradient(seen.v, axis=0))
    least, greatest = np.minimum(across, down)[seen.inside], np.maximum(across, down)[seen.inside]
    return float(least.min()), float(greatest.max())


def _before_the_fold(u: Float64, v: Float64, rays: Float64) -> NDArray[np.bool_]:
    """Return whether a distortion polynomial is valid for a ray.

    Beyond its fitted field of view it folds back and would show the inside of the image again. There the map is
    mirrored. Only the part around the optical axis without mirroring is valid.
    """
    area = np.gradient(u, axis=1) * np.gradient(v, axis=0) - np.gradient(u, axis=0) * np.gradient(v, axis=1)
    proper = np.asarray(area > 0)
    parts = cv2.connectedComponents(proper.astype(np.uint8), connectivity=4)[1]
    off_axis = np.where(proper, np.hypot(rays[..., 0], rays[..., 1]), np.inf)
    return np.asarray(proper & (parts == parts.reshape(-1)[int(np.argmin(off_axis))]))


def _finer(values: NDArray[Any], samples: int, how: int) -> NDArray[Any]:
    """Return ``samples`` values for each, along both sides, without those of the outermost pixels."""
    size = (values.shape[1] * samples, values.shape[0] * samples)
    return np.asarray(cv2.resize(values, size, interpolation=how))[samples:-samples, samples:-samples]
