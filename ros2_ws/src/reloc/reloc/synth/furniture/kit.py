"""The tools that all furniture functions share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64
from reloc.synth.mesh_builder import Material, MeshBuilder
from reloc.synth.palette import Palette


@dataclass(frozen=True, slots=True)
class Kit:
    """The mesh for the shapes, their materials, and a random generator."""

    build: MeshBuilder
    palette: Palette
    random: np.random.Generator

    def between(self, low: float, high: float) -> float:
        """Draw a length between ``low`` and ``high``, meters."""
        return float(self.random.uniform(low, high))

    def chance(self, share: float) -> bool:
        """Return True with the probability ``share``."""
        return bool(self.random.random() < share)

    def legs(self, width: float, depth: float, height: float, thick: float, material: Material, at: Float64) -> None:
        """Add four legs at the corners."""
        round_legs = self.chance(0.4)
        for x in (-1, 1):
            for y in (-1, 1):
                cx, cy = x * 0.5 * (width - thick), y * 0.5 * (depth - thick)
                if round_legs:
                    moved = at.copy()
                    moved[:3, 3] = at[:3, :3] @ (cx, cy, 0.0) + at[:3, 3]
                    self.build.lathe([(0.5 * thick, 0), (0.5 * thick, height)], material, moved, sides=6)
                else:
                    self.build.box((thick, thick, height), (cx, cy, 0.5 * height), material, at)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece's size on the floor, and the function that makes it."""

    width: float
    depth: float
    make: Callable[[Kit, Float64], None]
    at_wall: bool = True


def ball(radius: float, rings: int = 7) -> list[tuple[float, float]]:
    """Return the profile of a ball that lies on z = 0."""
    angles = np.linspace(0.0, np.pi, rings)
    return [
        (0.0 if i in (0, rings - 1) else radius * float(np.sin(a)), radius * float(1 - np.cos(a)))
        for i, a in enumerate(angles)
    ]
