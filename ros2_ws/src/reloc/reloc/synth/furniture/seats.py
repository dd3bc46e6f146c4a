"""Sofas, armchairs and beds, and a low table before them."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.synth.furniture.kit import Kit, Piece
from reloc.synth.furniture.small_things import thing
from reloc.synth.furniture.tables import table
from reloc.synth.mesh_builder import place


def sofa(kit: Kit) -> Piece:
    """A sofa or an armchair, sometimes with a low table."""
    seats = int(kit.random.integers(1, 4))
    w, d = 0.3 + 0.65 * seats, kit.between(0.8, 1.0)
    low = kit.chance(0.6) and seats > 1

    def make(kit: Kit, at: Float64) -> None:
        here = at @ place(0, 0.45 if low else 0.0)
        cloth = kit.palette.new("fabric")
        h, arm, back = kit.between(0.38, 0.46), kit.between(0.12, 0.25), kit.between(0.7, 0.95)
        kit.build.box((w, d, h - 0.12), (0, 0, 0.5 * (h - 0.12) + 0.04), cloth, here)
        kit.build.box((w, 0.22, back - 0.05), (0, 0.5 * d - 0.11, 0.5 * back + 0.02), cloth, here)
        for side in (-1, 1):
            kit.build.box((arm, d, h + 0.18), (side * 0.5 * (w - arm), 0, 0.5 * (h + 0.18) + 0.01), cloth, here)
        one = (w - 2 * arm) / seats
        for i in range(seats):
            x = -0.5 * w + arm + (i + 0.5) * one
            kit.build.box((one - 0.02, d - 0.24, 0.14), (x, -0.11, h - 0.04), cloth, here)
            if kit.chance(0.5):
                lean = here @ place(x, 0.5 * d - 0.35, h + 0.02, kit.between(-0.3, 0.3), -0.3)
                kit.build.box((0.42, 0.12, 0.38), (0, 0, 0.19), kit.palette.some("fabric"), lean)
        kit.build.solid((w, d, back), (0, 0, 0.5 * back), here)
        if low:
            table(
                kit,
                kit.between(0.6, 1.1),
                kit.between(0.45, 0.6),
                kit.between(0.32, 0.48),
                kit.palette.some("wood"),
                at @ place(kit.between(-0.2, 0.2), -0.65),
                kit.chance(0.25),
            )

    return Piece(w, d + (1.0 if low else 0.0), make)


def bed(kit: Kit) -> Piece:
    """A bed with its head at the wall."""
    w, d, h = kit.between(0.9, 1.9), kit.between(1.95, 2.15), kit.between(0.3, 0.5)

    def make(kit: Kit, at: Float64) -> None:
        wood, sheet, blanket = kit.palette.some("wood"), kit.palette.new("fabric"), kit.palette.new("fabric")
        kit.build.box((w, d, 0.5 * h), (0, 0, 0.3 * h), wood, at)
        kit.build.box((0.97 * w, 0.98 * d, 0.5 * h), (0, 0, 0.78 * h), sheet, at)
        cover = kit.between(0.5, 0.75) * d
        kit.build.box((1.02 * w, cover, 0.45 * h), (0, -0.5 * (d - cover) - 0.01, 0.87 * h), blanket, at)
        head = kit.between(0.6, 1.2)
        kit.build.box((w, 0.06, head), (0, 0.5 * d - 0.03, 0.5 * head), wood, at)
        for x in (-0.25, 0.25) if w > 1.3 else (0.0,):
            pillow = at @ place(x * w, 0.5 * d - 0.32, 1.05 * h, kit.between(-0.15, 0.15), 0.25)
            kit.build.box((0.55, 0.38, 0.12), (0, 0, 0.06), kit.palette.some("fabric"), pillow)
        if kit.chance(0.5):
            thing(kit, at @ place(0, -0.3 * d, 1.1 * h), 0.35)
        kit.build.solid((w, d, max(head, 1.2 * h)), (0, 0, 0.5 * max(head, 1.2 * h)), at)

    return Piece(w, d, make)


def stool(kit: Kit) -> Piece:
    """A stool, a pouf or a bench."""
    r, h = kit.between(0.16, 0.35), kit.between(0.3, 0.6)

    def make(kit: Kit, at: Float64) -> None:
        if kit.chance(0.5):
            bulge = [(0.0, 0.0), (0.9 * r, 0.0), (r, 0.3 * h), (r, 0.7 * h), (0.9 * r, h), (0.0, h)]
            kit.build.lathe(bulge, kit.palette.some("fabric"), at, smooth=kit.chance(0.5))
        else:
            kit.build.lathe([(0, h - 0.05), (r, h - 0.05), (r, h), (0, h)], kit.palette.some("wood"), at)
            kit.legs(1.2 * r, 1.2 * r, h - 0.05, 0.035, kit.palette.some("wood"), at @ place(0, 0, 0, float(np.pi / 4)))
        kit.build.solid((2 * r, 2 * r, h), (0, 0, 0.5 * h), at)

    return Piece(2 * r, 2 * r, make, at_wall=False)
