"""Find the map's upright box: up, floor, middle and size, and where to look at it from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from reloc.datatypes import Float64
from reloc.evaluation.report.top_view import find_ground
from reloc.geometry import transforms

_INNER = (2.0, 98.0)  # percentiles of the points that the box holds: a few landmarks lie far outside
_LEAST_M = 1.0
_FROM = np.array([-0.45, -0.75, 0.85])  # direction from the middle to the first camera, along the box's axes
_FOV_RAD = np.deg2rad(45.0)
_FILL = 0.95  # of the distance at which a sphere around the box fills the view
_ASIDE = 0.14  # of the distance: the panel covers the right of the window


@dataclass(frozen=True, slots=True, eq=False)
class MapBox:
    """The box around cameras and landmarks. Its axes are two along the floor and up."""

    axes: Float64  # (3, 3) unit vectors in rows, in the world
    low: Float64  # (3,) along the axes, meters; low[2] is the floor
    high: Float64  # (3,)

    @classmethod
    def of(cls, world_from_cam: Float64, points: Float64) -> Self:
        """Return the box around cameras (N, 4, 4) and points (L, 3), which may be none."""
        flat = find_ground(world_from_cam).axes
        axes = np.vstack([flat, np.cross(flat[0], flat[1])])
        cameras = world_from_cam[:, :3, 3] @ axes.T
        low, high = cameras.min(axis=0), cameras.max(axis=0)
        if len(points):
            inner = np.percentile(points @ axes.T, _INNER, axis=0)
            low, high = np.minimum(low, inner[0]), np.maximum(high, inner[1])
        short = np.maximum(_LEAST_M - (high - low), 0.0) / 2
        return cls(axes, low - short, high + short)

    @property
    def up(self) -> Float64:
        """(3,) away from the floor."""
        return np.asarray(self.axes[2])

    @property
    def middle(self) -> Float64:
        """(3,) in the world."""
        return np.asarray(self.axes.T @ ((self.low + self.high) / 2))

    @property
    def size(self) -> float:
        """Length of the box's longest edge, meters."""
        return float((self.high - self.low).max())

    def world_from_floor(self) -> Float64:
        """Return the transform (4, 4) of a frame on the floor below the middle, z up."""
        center = (self.low + self.high) / 2
        return transforms.make(self.axes.T, self.axes.T @ np.array([center[0], center[1], self.low[2]]))

    def viewpoint(self) -> tuple[Float64, Float64]:
        """Return where to look from and at, (3,) each, so that the box fills the view."""
        radius = float(np.linalg.norm(self.high - self.low)) / 2
        away = _FROM / np.linalg.norm(_FROM) * radius / np.sin(_FOV_RAD / 2) * _FILL
        right = np.cross([0.0, 0.0, 1.0], away)
        aside = right / np.linalg.norm(right) * np.linalg.norm(away) * _ASIDE
        return self.middle + self.axes.T @ (away + aside), self.middle + self.axes.T @ aside

    @property
    def fov_rad(self) -> float:
        """Vertical field of view that :meth:`viewpoint` is meant for."""
        return float(_FOV_RAD)
