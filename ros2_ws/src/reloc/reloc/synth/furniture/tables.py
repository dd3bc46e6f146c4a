"""Tables, chairs and desks."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.synth.furniture.kit import Kit, Piece
from reloc.synth.furniture.small_things import clutter
from reloc.synth.mesh_builder import Material, place


def dining(kit: Kit) -> Piece:
    """A table with chairs around it."""
    w, d, h = kit.between(0.8, 2.0), kit.between(0.7, 1.0), kit.between(0.7, 0.78)
    round_one = kit.chance(0.3)

    def make(kit: Kit, at: Float64) -> None:
        wood = kit.palette.some("wood")
        table(kit, w, w if round_one else d, h, wood, at, round_one)
        seat, cloth = kit.palette.some("wood"), kit.palette.some("fabric")
        style = int(kit.random.integers(3))
        reach = 0.5 * (w if round_one else d) + kit.between(-0.05, 0.2)
        for side in (0.0, np.pi):
            count = 1 if w < 1.1 or round_one else 2
            for i in range(count):
                if kit.chance(0.85):
                    x = (i - 0.5 * (count - 1)) * 0.5 * w
                    here = at @ place(0, 0, 0, side) @ place(x, reach + 0.1, 0, kit.between(-0.4, 0.4))
                    chair(kit, seat, cloth, style, here)

    return Piece(w + 0.2, (w if round_one else d) + 1.1, make, at_wall=False)


def table(kit: Kit, w: float, d: float, h: float, wood: Material, at: Float64, round_one: bool = False) -> None:
    """Add a table with things on it."""
    thick = kit.between(0.02, 0.06)
    if round_one:
        kit.build.lathe([(0, h - thick), (0.5 * w, h - thick), (0.5 * w, h), (0, h)], wood, at, sides=24)
        kit.build.lathe([(0.25 * w, 0), (0.25 * w, 0.03), (0.05, 0.06), (0.05, h - thick)], wood, at, sides=10)
        kit.build.solid((0.8 * w, 0.8 * w, h), (0, 0, 0.5 * h), at)
    else:
        kit.build.box((w, d, thick), (0, 0, h - 0.5 * thick), wood, at)
        legs = wood if kit.chance(0.6) else kit.palette.some("metal")
        kit.legs(0.94 * w, 0.94 * d, h - thick, kit.between(0.03, 0.08), legs, at)
        kit.build.solid((w, d, h), (0, 0, 0.5 * h), at)
        if kit.chance(0.25):  # a cloth
            cloth = kit.palette.new("fabric")
            kit.build.box((w + 0.03, d + 0.03, 0.2), (0, 0, h - 0.095), cloth, at)
    clutter(kit, 0.9 * w, 0.9 * d, h + 0.006, at, kit.between(2, 12))


def chair(kit: Kit, wood: Material, cloth: Material, style: int, at: Float64) -> None:
    """Add a chair that faces -y. Styles: a plate as its back, slats, or one foot."""
    w, h, top = kit.between(0.4, 0.48), kit.between(0.42, 0.48), kit.between(0.8, 1.0)
    kit.build.box((w, w, 0.05), (0, 0, h), cloth if kit.chance(0.5) else wood, at)
    if style == 2:
        kit.build.lathe([(0.28, 0), (0.28, 0.03), (0.03, 0.08), (0.03, h - 0.02)], kit.palette.some("metal"), at)
        kit.build.box((w, 0.06, top - h), (0, 0.45 * w, 0.5 * (top + h)), cloth, at)
    else:
        kit.legs(w, w, h - 0.025, 0.04, wood, at)
        if style == 0:
            kit.build.box((w, 0.03, 0.6 * (top - h)), (0, 0.47 * w, top - 0.3 * (top - h)), wood, at)
        else:
            for x in np.linspace(-0.45, 0.45, 5) * w:
                kit.build.box((0.03, 0.03, top - h), (x, 0.47 * w, 0.5 * (top + h)), wood, at)
            kit.build.box((w, 0.035, 0.06), (0, 0.47 * w, top), wood, at)
    kit.build.solid((w, w, top), (0, 0, 0.5 * top), at)


def desk(kit: Kit) -> Piece:
    """A desk with a screen and a chair."""
    w, d, h = kit.between(1.0, 1.9), kit.between(0.6, 0.8), kit.between(0.7, 0.76)

    def make(kit: Kit, at: Float64) -> None:
        here = at @ place(0, 0.4, 0)
        table(kit, w, d, h, kit.palette.some("wood"), here)
        if kit.chance(0.8):
            screen(kit, kit.between(0.4, 0.75), here @ place(kit.between(-0.2, 0.2), 0.15, h, kit.between(-0.3, 0.3)))
        if kit.chance(0.6):
            bw = kit.between(0.35, 0.5)
            kit.build.box((bw, 0.9 * d, 0.6), (0.5 * (w - bw) - 0.05, 0, 0.31), kit.palette.some("lacquer"), here)
        chair(
            kit,
            kit.palette.some("metal"),
            kit.palette.some("fabric"),
            int(kit.random.integers(3)),
            at @ place(kit.between(-0.3, 0.3), -0.35, 0, np.pi + kit.between(-0.9, 0.9)),
        )

    return Piece(w, d + 0.8, make)


def screen(kit: Kit, w: float, at: Float64) -> None:
    """Add a screen on a foot that faces -y, switched on or off."""
    h = 0.58 * w
    case = kit.palette.some("metal")
    kit.build.box((0.4 * w, 0.18, 0.02), (0, 0, 0.01), case, at)
    kit.build.box((0.05, 0.03, 0.15), (0, 0.03, 0.09), case, at)
    kit.build.box((w, 0.03, h), (0, 0, 0.12 + 0.5 * h), case, at)
    shown = kit.palette.new("picture", glow=0.8) if kit.chance(0.5) else kit.palette.some("metal")
    kit.build.sheet((-0.48 * w, -0.017, 0.12 + 0.03 * h), (0.96 * w, 0, 0), (0, 0, 0.94 * h), shown, at)
