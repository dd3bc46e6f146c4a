"""A change of the world's scale and axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry import transforms
from reloc.geometry.rotation_averaging import chordal_mean


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """``x_new = scale * rotation @ x + translation``."""

    scale: float
    rotation: Float64  # (3, 3)
    translation: Float64  # (3,)

    @classmethod
    def of_scale(cls, scale: float) -> Similarity:
        """Return a change of scale alone."""
        return cls(scale, np.eye(3), np.zeros(3))

    def points(self, xyz: Float64) -> Float64:
        """Return points (N, 3) in the new world."""
        return np.asarray(self.scale * xyz @ self.rotation.T + self.translation)

    def poses(self, world_from_cam: Float64) -> Float64:
        """Return poses (N, 4, 4) in the new world."""
        out = np.tile(np.eye(4), (len(world_from_cam), 1, 1))
        out[:, :3, :3] = self.rotation @ world_from_cam[:, :3, :3]
        out[:, :3, 3] = self.points(world_from_cam[:, :3, 3])
        return out

    def after(self, first: Similarity) -> Similarity:
        """Return the change that applies ``first``, then this one."""
        rotation = self.rotation @ first.rotation
        return Similarity(self.scale * first.scale, rotation, self.points(first.translation[None])[0])


def leveled(world_from_cam: Float64) -> Similarity:
    """Return the change to a world whose z is up as most images show it, and whose origin is the first camera."""
    up = -world_from_cam[:, :3, 1].mean(axis=0)
    if np.linalg.norm(up) < 0.1:  # the camera rolled all around
        up = -world_from_cam[0, :3, 1]
    z = up / np.linalg.norm(up)
    ahead = world_from_cam[0, :3, 2] - z * (z @ world_from_cam[0, :3, 2])
    if np.linalg.norm(ahead) < 1e-3:  # it looks straight up or down
        ahead = np.cross(z, world_from_cam[0, :3, 0])
    x = ahead / np.linalg.norm(ahead)
    rotation = np.stack([x, np.cross(z, x), z])
    return Similarity(1.0, rotation, -rotation @ world_from_cam[0, :3, 3])


def of_poses(found: Float64, known: Float64) -> Similarity:
    """Return the change that leads poses (N, 4, 4) to known ones, also where all positions lie on a line.

    The rotation is that of the orientations. The scale is the median over pairs of positions: drift hardly moves it.
    """
    rotation = chordal_mean(known[:, :3, :3] @ np.swapaxes(found[:, :3, :3], 1, 2))
    moved, told = (_steps(poses[:, :3, 3]) for poses in (found, known))
    usable = (moved > 1e-9) & (told > 0.25 * told.max())
    scale = float(np.median(told[usable] / moved[usable])) if usable.any() else float("nan")
    translation = np.median(known[:, :3, 3] - scale * found[:, :3, 3] @ rotation.T, axis=0)
    return Similarity(scale, rotation, translation)


def _steps(xyz: Float64) -> Float64:
    """Distances between positions (N, 3): of neighbors, and of those a tenth and a third of the way apart."""
    count = len(xyz)
    apart = sorted({1, max(1, count // 10), max(1, count // 3)})
    return np.concatenate([np.linalg.norm(xyz[step:] - xyz[:-step], axis=1) for step in apart])


def rms_after(similarity: Similarity, found: Float64, known: Float64) -> float:
    """Return the root mean square distance of positions after the change."""
    moved = similarity.poses(found)[:, :3, 3] - known[:, :3, 3]
    return float(np.sqrt(np.square(moved).sum(axis=1).mean()))


def check_finite(similarity: Similarity) -> bool:
    """Return whether it is a usable change."""
    numbers = np.array([similarity.scale, *similarity.translation, *similarity.rotation.ravel()])
    return bool(np.isfinite(numbers).all() and similarity.scale > 0 and abs(transforms.angle(similarity.rotation)) < 4)
