"""Shelves, cupboards, kitchens, televisions: furniture along walls."""

from __future__ import annotations

from reloc.datatypes import Float64
from reloc.synth.furniture.kit import Kit, Piece
from reloc.synth.furniture.small_things import books, clutter, plant
from reloc.synth.furniture.tables import screen
from reloc.synth.mesh_builder import Material, place


def shelf(kit: Kit) -> Piece:
    """Open boards with books and things."""
    w, d, h = kit.between(0.6, 1.8), kit.between(0.22, 0.38), kit.between(0.9, 2.2)

    def make(kit: Kit, at: Float64) -> None:
        wood, t = kit.palette.some("wood"), kit.between(0.018, 0.035)
        for side in (-1, 1):
            kit.build.box((t, d, h), (side * 0.5 * (w - t), 0, 0.5 * h), wood, at)
        if kit.chance(0.8):
            kit.build.box((w - 2 * t, 0.01, h), (0, 0.5 * d - 0.005, 0.5 * h), wood, at)
        boards = max(2, round(h / kit.between(0.28, 0.42)))
        gap = (h - t) / boards
        for i in range(boards + 1):
            kit.build.box((w - 2 * t, d - 0.012, t), (0, -0.006, i * gap + 0.5 * t), wood, at)
            if i < boards:
                inner = at @ place(0, -0.01, i * gap + t)
                if kit.chance(0.55):
                    books(kit, w - 2 * t - 0.02, d - 0.06, gap - t - 0.02, inner)
                elif kit.chance(0.75):
                    clutter(kit, w - 2 * t, 0.8 * d, 0.0, inner, 14.0)
        clutter(kit, w, 0.8 * d, h, at, 5.0)
        kit.build.solid((w, d, h), (0, 0, 0.5 * h), at)

    return Piece(w, d, make)


def cupboard(kit: Kit) -> Piece:
    """A wardrobe, a dresser or a sideboard: doors or drawers with handles."""
    w, d = kit.between(0.5, 2.0), kit.between(0.38, 0.62)
    h = kit.between(0.6, 1.1) if kit.chance(0.55) else kit.between(1.7, 2.3)

    def make(kit: Kit, at: Float64) -> None:
        front = kit.palette.some("lacquer") if kit.chance(0.6) else kit.palette.some("wood")
        fronts(kit, w, d, 0.06, h, kit.palette.some("wood") if kit.chance(0.5) else front, front, at)
        if h < 1.3:
            clutter(kit, 0.9 * w, 0.8 * d, h, at, 7.0)
            if kit.chance(0.3):
                plant(kit, at @ place(kit.between(-0.3, 0.3) * w, 0, h), kit.between(0.25, 0.6))

    return Piece(w, d, make)


def fronts(kit: Kit, w: float, d: float, z: float, h: float, body: Material, front: Material, at: Float64) -> None:
    """Add a closed body from ``z`` to ``h`` with doors or drawers on its front."""
    kit.build.box((w, d, h - z), (0, 0.01, 0.5 * (h + z)), body, at)
    columns = max(1, round(w / kit.between(0.4, 0.65)))
    rows = max(1, round((h - z) / kit.between(0.2, 0.4))) if kit.chance(0.5) and h - z < 1.3 else 1
    one, tall = w / columns, (h - z) / rows
    handle = kit.palette.some("metal")
    upright = rows == 1
    for i in range(columns):
        for k in range(rows):
            x, mid = -0.5 * w + (i + 0.5) * one, z + (k + 0.5) * tall
            kit.build.box((one - 0.012, 0.02, tall - 0.012), (x, -0.5 * d, mid), front, at)
            size = (0.02, 0.02, min(0.16, 0.4 * tall)) if upright else (min(0.16, 0.4 * one), 0.02, 0.02)
            shift = (0.4 * one if i % 2 == 0 else -0.4 * one) if upright else 0.0
            kit.build.box(size, (x + shift, -0.5 * d - 0.025, mid), handle, at)
    kit.build.solid((w, d + 0.05, h), (0, 0, 0.5 * h), at)


def kitchen(kit: Kit) -> Piece:
    """A row of units with a worktop, wall units, an oven, a fridge."""
    w, d = kit.between(1.6, 3.2), 0.6

    def make(kit: Kit, at: Float64) -> None:
        front, top = kit.palette.some("lacquer"), kit.palette.new("stone")
        fridge = 0.6 if kit.chance(0.6) else 0.0
        base = w - fridge
        here = at @ place(-0.5 * fridge, 0)
        fronts(kit, base, d - 0.04, 0.1, 0.86, front, front, here)
        kit.build.box((base, d, 0.04), (0, -0.01, 0.88), top, here)
        if kit.chance(0.8):  # oven and hob
            x = kit.between(-0.3, 0.3) * base
            kit.build.box((0.58, 0.02, 0.55), (x, -0.5 * d - 0.01, 0.55), kit.palette.new("metal"), here)
            kit.build.box((0.58, 0.5, 0.01), (x, 0, 0.905), kit.palette.new("metal"), here)
        kit.build.sheet((-0.5 * base, 0.5 * d - 0.004, 0.9), (base, 0, 0), (0, 0, 0.5), kit.palette.new("wet"), here)
        clutter(kit, 0.9 * base, 0.7 * d, 0.91, here, 9.0)
        if kit.chance(0.75):
            hung = here @ place(0, 0.12, 0)
            fronts(kit, base, 0.34, 1.45, kit.between(1.9, 2.2), front, front, hung)
        if fridge:
            tall = kit.between(1.5, 2.0)
            white = kit.palette.new("lacquer")
            fronts(kit, 0.58, d, 0.03, tall, white, white, at @ place(0.5 * base, 0))

    return Piece(w, d, make)


def television(kit: Kit) -> Piece:
    """A low board with a large screen."""
    w, d, h = kit.between(1.2, 2.0), kit.between(0.35, 0.45), kit.between(0.35, 0.6)

    def make(kit: Kit, at: Float64) -> None:
        body = kit.palette.some("wood")
        fronts(kit, w, d, 0.05, h, body, body, at)
        screen(kit, kit.between(0.8, 0.65 * w + 0.3), at @ place(kit.between(-0.1, 0.1), 0.05, h))
        clutter(kit, 0.9 * w, 0.5 * d, h, at, 4.0)

    return Piece(w, d, make)
