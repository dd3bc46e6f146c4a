"""How much of what one reference may see another sees too.

Surfaces are not known yet, so views are compared at several depths.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reloc.datatypes import Float64
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.maps.building.references import IngestedReferences

DEPTHS_M = (0.7, 1.5, 3.0, 6.0, 15.0)
_AHEAD_M = 1e-9
_GRID = 6  # points along each side of the image
VIEW_POINTS = len(DEPTHS_M) * _GRID**2  # of each reference
# Of these a view shares so many with one a millimeter beside it: the first row and column lie on the image's edge.
SAME_VIEW = len(DEPTHS_M) * (_GRID - 1) ** 2


class ViewOverlap:
    """Compare the views of references."""

    def __init__(self, references: IngestedReferences) -> None:
        self._world_from_cam = references.world_from_cam
        self._cam_from_world = transforms.inverse(references.world_from_cam)
        self._cameras = [camera.pinhole for camera in references.cameras]  # distortion folds far points back
        self._camera_of = np.asarray(references.camera_of)
        self._points = [_view_points(camera) for camera in references.cameras]

    def seen(self, index: int, others: NDArray[np.intp]) -> NDArray[np.uint8]:
        """Return (M,) how many of the view points of reference ``index`` each of ``others`` (M,) sees.

        None if it looks the other way: surfaces have one visible side, so views from opposite sides share no key point.
        """
        count = np.zeros(len(others), np.uint8)
        facing = self._world_from_cam[others, :3, 2] @ self._world_from_cam[index, :3, 2] > 0
        xyz = transforms.transform(self._world_from_cam[index], self._points[self._camera_of[index]])
        for number, camera in enumerate(self._cameras):
            rows = np.flatnonzero(facing & (self._camera_of[others] == number))
            if len(rows) == 0:
                continue
            cam_from_world = self._cam_from_world[others[rows]]
            x, y, z = np.einsum("nij,pj->inp", cam_from_world[:, :3, :3], xyz) + cam_from_world[:, :3, 3].T[:, :, None]
            with np.errstate(divide="ignore", invalid="ignore"):  # by 0 or NaN; neither is in front of the camera
                u, v = x / z * camera.fx + camera.cx, y / z * camera.fy + camera.cy
            # Not `camera.project`, which takes eight times as long for the same numbers.
            inside = (z > _AHEAD_M) & (u > 0) & (u < camera.width) & (v > 0) & (v < camera.height)
            count[rows] = np.count_nonzero(inside, axis=1)
        return count


def _view_points(camera: Camera) -> Float64:
    u, v = np.meshgrid(np.linspace(0, camera.width - 1, _GRID), np.linspace(0, camera.height - 1, _GRID))
    rays = np.column_stack([camera.normalize(np.column_stack([u.ravel(), v.ravel()])), np.ones(u.size)])
    return np.concatenate([rays * depth for depth in DEPTHS_M])
