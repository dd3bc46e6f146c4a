"""Limit new views to the motion of the robot.

A robot on wheels neither rises nor tilts. Views from impossible poses waste training, and a network that need not
distinguish heights is more accurate.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64, freeze
from reloc.geometry.rotations import rotvecs_from_matrices

ENOUGH = 0.25  # share of the largest variation; an axis with at least this share gets the full spread
PAIRS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Ranges of a change of pose, along the axes (rows) in which the references vary."""

    translation: Float64  # (3, 3) meters
    rotation: Float64  # (3, 3) rotation vectors, radians

    def __post_init__(self) -> None:
        freeze(self.translation, self.rotation)

    @classmethod
    def of(cls, world_from_cam: Float64, metres: float, degrees: float) -> Spread:
        """Return the ranges for poses (N, 4, 4): up to ``metres`` and ``degrees``, less along axes in which they vary
        little.
        """
        place = world_from_cam[:, :3, 3]
        random = np.random.default_rng(0)
        one, other = random.integers(0, len(place), (2, PAIRS))
        turned = rotvecs_from_matrices(world_from_cam[other, :3, :3] @ world_from_cam[one, :3, :3].swapaxes(1, 2))
        return cls(
            _axes(place - place.mean(axis=0)) * metres,
            _axes(turned) * np.deg2rad(degrees),
        )

    def draw(self, random: np.random.Generator, share: float) -> tuple[Float64, Float64]:
        """Draw a translation (3,) and a rotation vector (3,) along the world's axes, within ``share`` of the ranges."""
        return (
            random.uniform(-share, share, 3) @ self.translation,
            random.uniform(-share, share, 3) @ self.rotation,
        )


def _axes(values: Float64) -> Float64:
    """Return (3, 3): the principal axes of ``values`` (N, 3), with lengths from 0 to 1 by their variation."""
    variances, axes = np.linalg.eigh(values.T @ values / len(values))
    deviations = np.sqrt(np.maximum(variances, 0.0))
    lengths = np.minimum(1.0, deviations / max(ENOUGH * deviations[-1], 1e-12))
    lengths[lengths < 0.1] = 0.0  # such a small variation comes from rounding or from an uneven floor
    return np.asarray(lengths[:, None] * axes.T)
