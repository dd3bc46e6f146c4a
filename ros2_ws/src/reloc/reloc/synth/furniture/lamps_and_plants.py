"""Floor lamps, large plants, columns, machines, and abstract bodies."""

from __future__ import annotations

from reloc.datatypes import Float64
from reloc.synth.furniture.kit import Kit, Piece, ball
from reloc.synth.furniture.small_things import plant, scatter
from reloc.synth.mesh_builder import place


def floor_lamp(kit: Kit) -> Piece:
    """A pole with a shade."""

    def make(kit: Kit, at: Float64) -> None:
        h, r = kit.between(1.2, 1.8), kit.between(0.12, 0.25)
        kit.build.lathe([(0.15, 0), (0.15, 0.03), (0.015, 0.05), (0.015, h)], kit.palette.some("metal"), at, sides=8)
        shade = kit.palette.new("glow", glow=kit.between(0.6, 1.6))
        kit.build.lathe([(r, h - 0.15), (kit.between(0.4, 1.0) * r, h + 0.15)], shade, at, thin=True)
        kit.build.solid((0.3, 0.3, h + 0.15), (0, 0, 0.5 * h + 0.08), at)

    return Piece(0.4, 0.4, make)


def large_plant(kit: Kit) -> Piece:
    """A plant on the floor."""
    h = kit.between(0.6, 1.7)

    def make(kit: Kit, at: Float64) -> None:
        plant(kit, at, h)
        kit.build.solid((0.45 * h, 0.45 * h, h), (0, 0, 0.5 * h), at)

    return Piece(0.5 * h, 0.5 * h, make)


def heap(kit: Kit) -> Piece:
    """Boxes, bags and bins on the floor."""

    def make(kit: Kit, at: Float64) -> None:
        scatter(kit, at)
        kit.build.solid((0.5, 0.45, 0.8), (0, 0, 0.4), at)

    return Piece(0.5, 0.5, make)


def machine(kit: Kit) -> Piece:
    """A washing machine, an oven, a printer: a box with a round door and a panel."""

    def make(kit: Kit, at: Float64) -> None:
        h = kit.between(0.6, 1.0)
        kit.build.box((0.6, 0.58, h), (0, 0, 0.5 * h), kit.palette.new("metal"), at)
        kit.build.box((0.56, 0.02, 0.1), (0, -0.3, h - 0.08), kit.palette.new("printed"), at)
        door = at @ place(0, -0.29, 0.45 * h, 0, 1.5708)
        kit.build.lathe([(0.2, 0), (0.2, 0.03), (0.15, 0.035), (0, 0.02)], kit.palette.some("metal"), door, sides=20)
        kit.build.solid((0.6, 0.66, h), (0, 0, 0.5 * h), at)

    return Piece(0.62, 0.62, make)


def sculpture(kit: Kit) -> Piece:
    """Some bodies on and beside each other, in random proportions."""

    def make(kit: Kit, at: Float64) -> None:
        z = 0.0
        for _ in range(int(kit.random.integers(1, 5))):
            material, r, h = kit.palette.some("thing"), kit.between(0.08, 0.3), kit.between(0.1, 0.6)
            here = at @ place(0, 0, z, kit.between(-1.5, 1.5))
            kind = int(kit.random.integers(4))
            if kind == 0:
                kit.build.box((2 * r, kit.between(0.3, 1.0) * 2 * r, h), (0, 0, 0.5 * h), material, here)
            elif kind == 1:
                kit.build.lathe(
                    [(0, 0), (r, 0), (kit.between(0.2, 1.0) * r, h), (0, h)],
                    material,
                    here,
                    sides=int(kit.random.integers(3, 18)),
                )
            elif kind == 2:
                h = 2 * r
                kit.build.lathe(ball(r), material, here, smooth=True)
            else:
                waist = [(0.0, 0.0), (r, 0.0), (0.4 * r, 0.4 * h), (r, h), (0.0, h)]
                kit.build.lathe(waist, material, here, smooth=kit.chance(0.5))
            z += h
        kit.build.solid((0.62, 0.62, z), (0, 0, 0.5 * z), at)

    return Piece(0.62, 0.62, make)
