"""Treat matches to posed images as epipolar constraints: their errors and derivatives by the pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64

_FLAT = np.array([1.0, 1.0, 0.0])  # a line's slope is that of its first two coordinates


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Terms of M matches at one pose; the essential matrix is E = [t] R of ``ref_from_cam`` = (R, t)."""

    rotation: Float64  # (M, 3, 3) R
    translation: Float64  # (M, 3) t
    turned: Float64  # (M, 3) R q
    moment: Float64  # (M, 3) r x t
    in_ref: Float64  # (M, 3) E q, flattened to its slope
    in_query: Float64  # (M, 3) E' r, flattened to its slope
    error: Float64  # (M,) r E q
    slope: Float64  # (M,) length of both slopes


class EpipolarRays:
    """M matches, each between a posed reference and one camera with unknown pose.

    Args:
        xy_ref, xy_query: (M, 2) normalized, undistorted.
        cam_from_world: (M, 4, 4) poses of the references.
        focal: the query's fx and fy, which convert distances to pixels.
    """

    def __init__(self, xy_ref: Float64, xy_query: Float64, cam_from_world: Float64, focal: tuple[float, float]) -> None:
        self._ref, self._query = (np.column_stack([xy, np.ones(len(xy))]) for xy in (xy_ref, xy_query))
        self._cam_from_world = cam_from_world
        self._pixels = float(np.sqrt(focal[0] * focal[1]))

    def residuals(self, world_from_cam: Float64) -> Float64:
        """Return Sampson distances (M,) in pixels."""
        lines = self._lines(world_from_cam)
        return np.asarray(lines.error / lines.slope * self._pixels)

    def linearized(self, world_from_cam: Float64) -> tuple[Float64, Float64]:
        """Return :meth:`residuals` (M,) and their derivatives (M, 6) by (dt, dr): the pose moved, and turned about
        itself.

        With u = R q and m = r x t, the error r (t x u) changes by dt' (u x r) + dr' (u x m), where dt' and dr' are
        given in the reference's frame. Half the square of a slope changes likewise, with lines in place of r. A
        distance is the quotient of the two.
        """
        at = self._lines(world_from_cam)
        back = (at.rotation @ at.in_query[:, :, None])[:, :, 0]
        error = _cross(at.turned, self._ref), _cross(at.turned, at.moment)
        slope = (
            _cross(at.turned, at.in_ref) + _cross(back, self._ref),
            _cross(at.turned, _cross(at.in_ref, at.translation)) + _cross(back, at.moment),
        )
        one, other = (self._pixels / at.slope)[:, None], (self._pixels * at.error / at.slope**3)[:, None]
        by_ref = np.stack([e * one - s * other for e, s in zip(error, slope, strict=True)], axis=1)  # (M, 2, 3)
        jacobian = (by_ref @ self._cam_from_world[:, :3, :3]).reshape(-1, 6)
        return np.asarray(at.error / at.slope * self._pixels), np.asarray(jacobian)

    def _lines(self, world_from_cam: Float64) -> _Lines:
        ref_from_cam = self._cam_from_world @ world_from_cam
        rotation, translation = ref_from_cam[:, :3, :3], ref_from_cam[:, :3, 3]
        turned = (rotation @ self._query[:, :, None])[:, :, 0]
        moment = _cross(self._ref, translation)
        line_in_ref = _cross(translation, turned)
        error = np.einsum("ni,ni->n", self._ref, line_in_ref)
        in_ref, in_query = line_in_ref * _FLAT, (moment[:, None, :] @ rotation)[:, 0] * _FLAT
        slope = np.sqrt(np.einsum("ni,ni->n", in_ref, in_ref) + np.einsum("ni,ni->n", in_query, in_query))
        return _Lines(rotation, translation, turned, moment, in_ref, in_query, error, np.maximum(slope, 1e-12))


def _cross(a: Float64, b: Float64) -> Float64:
    """Return cross products of (M, 3) and (M, 3). ``np.cross`` spends most of its time on finding the axis."""
    ax, ay, az = a[:, 0], a[:, 1], a[:, 2]
    bx, by, bz = b[:, 0], b[:, 1], b[:, 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=1)
