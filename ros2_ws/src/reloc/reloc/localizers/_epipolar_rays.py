"""Matches to posed images as epipolar constraints: how far off they are, and how that changes with the pose."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry.transforms import so3_exp


class EpipolarRays:
    """M matches, each of a posed reference and one camera whose pose is asked for.

    Args:
        xy_ref, xy_query: (M, 2) normalized, undistorted.
        cam_from_world: (M, 4, 4) of the references.
        focal: the query's fx and fy, which make pixels of distances.
    """

    def __init__(self, xy_ref: Float64, xy_query: Float64, cam_from_world: Float64, focal: tuple[float, float]) -> None:
        self._ref, self._query, self._cam_from_world, self._focal = xy_ref, xy_query, cam_from_world, focal

    def residuals(self, world_from_cam: Float64) -> Float64:
        """Sampson distances (M,) in pixels."""
        ref_from_cam = self._cam_from_world @ world_from_cam
        rotation, translation = ref_from_cam[:, :3, :3], ref_from_cam[:, :3, 3]
        query = np.column_stack([self._query, np.ones(len(self._query))])
        ref = np.column_stack([self._ref, np.ones(len(self._ref))])
        turned = np.einsum("nij,nj->ni", rotation, query)
        line_in_ref = np.cross(translation, turned)  # E q
        line_in_query = np.einsum("nij,ni->nj", rotation, np.cross(ref, translation))  # E' r
        error = np.einsum("ni,ni->n", ref, line_in_ref)
        slope = np.sqrt((line_in_ref[:, :2] ** 2).sum(axis=1) + (line_in_query[:, :2] ** 2).sum(axis=1))
        return np.asarray(error / np.maximum(slope, 1e-12) * np.sqrt(self._focal[0] * self._focal[1]))

    def jacobian(self, world_from_cam: Float64) -> Float64:
        """(M, 6) of the residuals by (dt, dr), by central differences: the cost is a fraction of a millisecond."""
        columns = []
        for axis in range(6):
            step = np.zeros(6)
            step[axis] = 1e-6
            ends = []
            for sign in (1.0, -1.0):
                moved = world_from_cam.copy()
                moved[:3, 3] += sign * step[:3]
                moved[:3, :3] = so3_exp(sign * step[3:]) @ moved[:3, :3]
                ends.append(self.residuals(moved))
            columns.append((ends[0] - ends[1]) / 2e-6)
        return np.stack(columns, axis=1)
