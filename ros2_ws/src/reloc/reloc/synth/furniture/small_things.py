"""Small things on tables, shelves and floors."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.synth.furniture.kit import Kit, ball
from reloc.synth.mesh_builder import place


def clutter(kit: Kit, width: float, depth: float, z: float, at: Float64, density: float = 6.0) -> None:
    """Put things on a rectangle around the origin at height ``z``; ``density`` is per square meter."""
    for _ in range(int(kit.random.poisson(min(density * width * depth, 12.0)))):
        x, y = kit.between(-0.42, 0.42) * width, kit.between(-0.42, 0.42) * depth
        thing(kit, at @ place(x, y, z, kit.between(-3.1, 3.1)), 0.45 * min(width, depth, 0.7))


def thing(kit: Kit, at: Float64, size: float) -> None:
    """Add one thing with a size of at most about ``size`` meters."""
    makers = (_bottle, _package, _book_stack, _bowl, _ball, _box, _cup, _laptop)
    makers[int(kit.random.integers(len(makers)))](kit, at, size)


def books(kit: Kit, width: float, depth: float, height: float, at: Float64) -> None:
    """Add a row of books along x, from the left. Some places stay empty."""
    x = -0.5 * width
    fill = kit.between(0.4, 1.0)
    materials = [kit.palette.some("spine") for _ in range(6)]
    while True:
        thick = kit.between(0.02, 0.07)
        if x + thick > 0.5 * width:
            return
        if kit.chance(fill):
            tall, deep = height * kit.between(0.6, 0.95), depth * kit.between(0.6, 0.95)
            material = materials[int(kit.random.integers(6))]
            kit.build.box((thick * 0.95, deep, tall), (x + 0.5 * thick, 0.5 * (depth - deep), 0.5 * tall), material, at)
        x += thick


def _bottle(kit: Kit, at: Float64, size: float) -> None:
    r, h = kit.between(0.15, 0.3) * size, kit.between(0.6, 1.2) * size
    profile = [(r, 0.0), (r, 0.6 * h), (0.35 * r, 0.8 * h), (0.35 * r, h), (0.0, h)]
    kit.build.lathe(profile, kit.palette.some("thing"), at, sides=10)


def _package(kit: Kit, at: Float64, size: float) -> None:
    w, d, h = (kit.between(0.25, 1.0) * size for _ in range(3))
    kit.build.box((w, d, h), (0, 0, 0.5 * h), kit.palette.some("printed"), at)


def _box(kit: Kit, at: Float64, size: float) -> None:
    w, d, h = (kit.between(0.2, 1.0) * size for _ in range(3))
    kit.build.box((w, d, h), (0, 0, 0.5 * h), kit.palette.some("thing"), at)


def _book_stack(kit: Kit, at: Float64, size: float) -> None:
    z = 0.0
    for _ in range(int(kit.random.integers(1, 5))):
        w, d, h = kit.between(0.6, 0.9) * size, kit.between(0.5, 0.7) * size, kit.between(0.02, 0.05)
        kit.build.box(
            (w, d, h), (0, 0, z + 0.5 * h), kit.palette.some("printed"), at @ place(0, 0, 0, kit.between(-0.3, 0.3))
        )
        z += h


def _bowl(kit: Kit, at: Float64, size: float) -> None:
    r = kit.between(0.25, 0.5) * size
    kit.build.lathe([(0.4 * r, 0), (r, 0.6 * r)], kit.palette.some("thing"), at, thin=True)
    for _ in range(int(kit.random.integers(0, 4))):
        x, y = kit.between(-0.4, 0.4) * r, kit.between(-0.4, 0.4) * r
        kit.build.lathe(ball(0.3 * r, 5), kit.palette.some("thing"), at @ place(x, y, 0.2 * r), sides=8, smooth=True)


def _ball(kit: Kit, at: Float64, size: float) -> None:
    kit.build.lathe(ball(kit.between(0.15, 0.45) * size), kit.palette.some("thing"), at, smooth=True)


def _cup(kit: Kit, at: Float64, size: float) -> None:
    r, h = kit.between(0.12, 0.3) * size, kit.between(0.25, 0.6) * size
    kit.build.lathe([(0.8 * r, 0.0), (r, h), (0.9 * r, h), (0.0, 0.8 * h)], kit.palette.some("thing"), at, sides=10)


def _laptop(kit: Kit, at: Float64, size: float) -> None:
    w, d = 0.34, 0.24
    case = kit.palette.some("metal")
    kit.build.box((w, d, 0.02), (0, 0, 0.01), case, at)
    lid = at @ place(0, 0.5 * d, 0.02, 0, -kit.between(0.0, 0.4))
    kit.build.box((w, 0.012, 0.22), (0, 0, 0.11), case, lid)
    kit.build.sheet((-0.48 * w, -0.008, 0.01), (0.96 * w, 0, 0), (0, 0, 0.2), kit.palette.new("picture", glow=0.5), lid)


def plant(kit: Kit, at: Float64, height: float) -> None:
    """Add a pot with leaves in random directions."""
    r, pot = height * kit.between(0.12, 0.2), height * kit.between(0.2, 0.35)
    kit.build.lathe([(0.7 * r, 0), (r, pot), (0.85 * r, pot), (0, 0.9 * pot)], kit.palette.some("thing"), at)
    leaf, length = kit.palette.some("leaf"), height * kit.between(0.25, 0.55)
    width = length * kit.between(0.12, 0.45)
    for _ in range(int(kit.random.integers(10, 30))):
        base = place(
            0, 0, pot * 0.9 + kit.between(0, 0.5) * (height - pot), kit.between(-3.1, 3.1), kit.between(-0.1, 1.1)
        )
        kit.build.sheet((-0.5 * width, 0.02, 0), (width, 0, 0), (0, 0.0, length), leaf, at @ base, thin=True, cell=1.0)


def scatter(kit: Kit, at: Float64) -> None:
    """Add something on the floor: boxes, a bag, a toy, or a waste bin."""
    if kit.chance(0.3):
        r, h = kit.between(0.12, 0.2), kit.between(0.25, 0.5)
        kit.build.lathe([(0.8 * r, 0), (r, h), (0.9 * r, h), (0.7 * r, 0.05), (0, 0.05)], kit.palette.some("thing"), at)
        return
    z = 0.0
    for _ in range(int(kit.random.integers(1, 4))):
        w, d, h = kit.between(0.2, 0.5), kit.between(0.2, 0.4), kit.between(0.12, 0.35)
        kit.build.box(
            (w, d, h), (0, 0, z + 0.5 * h), kit.palette.some("thing"), at @ place(0, 0, 0, kit.between(-0.4, 0.4))
        )
        z += h
        if kit.chance(0.5):
            return
    if np.isfinite(z) and kit.chance(0.3):
        thing(kit, at @ place(0, 0, z), 0.3)
