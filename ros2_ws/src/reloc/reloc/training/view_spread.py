"""How far from the references new views are worth making: as the robot itself moves, and no other way.

A robot on wheels never rises and never tilts. Views from where it cannot be are wasted, and a network that never had to
tell heights apart is the better for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64, freeze
from reloc.geometry.rotations import rotvecs_from_matrices

ENOUGH = 0.25  # of the largest variation: an axis with that much has the full spread
PAIRS = 2000


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Ranges of a change of pose, along the axes (rows) in which the references themselves vary."""

    translation: Float64  # (3, 3) meters
    rotation: Float64  # (3, 3) radians, of rotation vectors

    def __post_init__(self) -> None:
        freeze(self.translation, self.rotation)

    @classmethod
    def of(cls, world_from_cam: Float64, metres: float, degrees: float) -> Spread:
        """From poses (N, 4, 4): up to ``metres`` and ``degrees`` where they vary, less where they hardly do."""
        place = world_from_cam[:, :3, 3]
        random = np.random.default_rng(0)
        one, other = random.integers(0, len(place), (2, PAIRS))
        turned = rotvecs_from_matrices(world_from_cam[other, :3, :3] @ world_from_cam[one, :3, :3].swapaxes(1, 2))
        return cls(
            _axes(place - place.mean(axis=0)) * metres,
            _axes(turned) * np.deg2rad(degrees),
        )

    def draw(self, random: np.random.Generator, share: float) -> tuple[Float64, Float64]:
        """A translation (3,) and a rotation vector (3,) along the world's axes, within ``share`` of the ranges."""
        return (
            random.uniform(-share, share, 3) @ self.translation,
            random.uniform(-share, share, 3) @ self.rotation,
        )


def _axes(values: Float64) -> Float64:
    """(3, 3): the principal axes of ``values`` (N, 3), each as long as it deserves, 0 to 1."""
    variances, axes = np.linalg.eigh(values.T @ values / len(values))
    deviations = np.sqrt(np.maximum(variances, 0.0))
    lengths = np.minimum(1.0, deviations / max(ENOUGH * deviations[-1], 1e-12))
    lengths[lengths < 0.1] = 0.0  # rounding, and the unevenness of a floor
    return np.asarray(lengths[:, None] * axes.T)
