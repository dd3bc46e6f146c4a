"""Where one camera sees what another one would see from the same place: the geometry of undistorting and resizing.

Both cameras look along the same axes, so depth does not matter. Pixels as everywhere: (0, 0) is the centre of the
top-left one, and an image reaches from -0.5 to its size less 0.5.
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
    """What a target sees, in the pixels of a source camera."""

    u: Float32  # (h, w) columns
    v: Float32  # (h, w) rows
    inside: NDArray[np.bool_]  # (h, w) whether the source has that pixel


@dataclass(frozen=True, slots=True, eq=False)
class WarpSight:
    """Where a source camera sees the rays of a target's pixels, and of one more pixel all around it."""

    u: Float32  # (h + 2, w + 2)
    v: Float32  # (h + 2, w + 2)
    proper: NDArray[np.bool_]  # (h + 2, w + 2) whether the source's distortion means anything there
    source: Camera

    def at(self, samples: int) -> WarpedView:
        """At ``samples`` x ``samples`` points in each pixel; the arrays have as many times the target's size.

        In between it is interpolated: a lens does not change its mind within a pixel, and a first frame waits for this.
        """
        u, v = (_finer(values, samples, cv2.INTER_LINEAR) for values in (self.u, self.v))
        inside = _finer(self.proper.astype(np.uint8), samples, cv2.INTER_NEAREST) > 0
        with np.errstate(invalid="ignore"):
            inside &= (u >= -0.5) & (u <= self.source.width - 0.5) & (v >= -0.5) & (v <= self.source.height - 0.5)
        return WarpedView(u, v, inside)


def sight(target: Camera, source: Camera) -> WarpSight:
    """What ``target``, a pinhole, looks at, in the pixels of ``source``."""
    wider = target.cropped(-1, -1, target.width + 2, target.height + 2)
    x, y = (np.arange(wider.width) - wider.cx) / wider.fx, (np.arange(wider.height) - wider.cy) / wider.fy
    rays = np.stack([*np.meshgrid(x, y), np.ones((wider.height, wider.width))], axis=-1)
    uv = source.project(rays.reshape(-1, 3)).reshape(wider.height, wider.width, 2)
    proper = np.ones((wider.height, wider.width), np.bool_)
    if source.model is not DistortionModel.NONE:
        proper = _before_the_fold(uv[..., 0], uv[..., 1], rays)
    return WarpSight(uv[..., 0].astype(np.float32), uv[..., 1].astype(np.float32), proper, source)


def rectangle(target: Camera, source: Camera) -> tuple[float, float, float, float]:
    """Left, top, right and bottom edge of what ``target`` sees in ``source``; neither is distorted.

    They are counted from the image's edge, as slices are: 0 is where the first pixel begins.
    """
    sx, sy = source.fx / target.fx, source.fy / target.fy
    left, top = source.cx + 0.5 - (target.cx + 0.5) * sx, source.cy + 0.5 - (target.cy + 0.5) * sy
    return left, top, left + target.width * sx, top + target.height * sy


def pixels_per_pixel(seen: WarpedView) -> tuple[float, float]:
    """Least and greatest number of source pixels from one point of ``seen`` to the next, where the source has any."""
    if not seen.inside.any() or min(seen.u.shape) < 2:
        return 1.0, 1.0
    across = np.hypot(np.gradient(seen.u, axis=1), np.gradient(seen.v, axis=1))
    down = np.hypot(np.gradient(seen.u, axis=0), np.gradient(seen.v, axis=0))
    least, greatest = np.minimum(across, down)[seen.inside], np.maximum(across, down)[seen.inside]
    return float(least.min()), float(greatest.max())


def _before_the_fold(u: Float64, v: Float64, rays: Float64) -> NDArray[np.bool_]:
    """Whether a polynomial of distortion still means something for a ray.

    Beyond the field of view it was fitted on it turns back, and would show the image's inside again where the camera
    sees nothing. There the map is mirrored: what counts is the part around the optical axis that is not.
    """
    area = np.gradient(u, axis=1) * np.gradient(v, axis=0) - np.gradient(u, axis=0) * np.gradient(v, axis=1)
    proper = np.asarray(area > 0)
    parts = cv2.connectedComponents(proper.astype(np.uint8), connectivity=4)[1]
    off_axis = np.where(proper, np.hypot(rays[..., 0], rays[..., 1]), np.inf)
    return np.asarray(proper & (parts == parts.reshape(-1)[int(np.argmin(off_axis))]))


def _finer(values: NDArray[Any], samples: int, how: int) -> NDArray[Any]:
    """``samples`` values for each, along both sides, and without those of the outermost pixels."""
    size = (values.shape[1] * samples, values.shape[0] * samples)
    return np.asarray(cv2.resize(values, size, interpolation=how))[samples:-samples, samples:-samples]
