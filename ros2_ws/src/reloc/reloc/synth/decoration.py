"""Add decoration to walls, ceilings and floors."""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float32, Float64
from reloc.synth.floor_plan import FloorPlan, Opening
from reloc.synth.furniture.kit import Kit, ball
from reloc.synth.furniture.small_things import books, clutter
from reloc.synth.mesh_builder import Material, place
from reloc.synth.shell import holes_of, walls_of
from reloc.synth.world import Room


def decorate(kit: Kit, room: Room, plan: FloorPlan) -> None:
    """Hang things on the walls, between doors and windows."""
    makers = (_picture, _picture, _picture, _board, _clock, _hooks, _heater, _door)
    for at, length, axis, face in walls_of(room):
        taken = [(a - 0.1, b + 0.1) for a, b, _ in holes_of(at, axis, face, length, plan)]
        for _ in range(int(kit.random.poisson(0.7 * length))):
            half = kit.between(0.1, 0.6)
            if length < 2 * half + 0.1:
                continue
            x = kit.between(half + 0.02, length - half - 0.02)
            if any(a < x + half and x - half < b for a, b in taken):
                continue
            taken.append((x - half - 0.05, x + half + 0.05))
            makers[int(kit.random.integers(len(makers)))](kit, at @ place(x, 0), half, room.height)


def rug(kit: Kit, room: Room) -> None:
    """Put a carpet on the floor in some rooms."""
    if room.area < 4.0 or not kit.chance(0.55):
        return
    w, d = (side * kit.between(0.35, 0.75) for side in (room.x1 - room.x0, room.y1 - room.y0))
    x, y = 0.5 * (room.x0 + room.x1), 0.5 * (room.y0 + room.y1)
    kit.build.box(
        (w, d, 0.012), (x + kit.between(-0.3, 0.3), y + kit.between(-0.3, 0.3), 0.006), kit.palette.new("rug")
    )


def ceiling_lamps(kit: Kit, room: Room) -> list[Float32]:
    """Add lamps on or below the ceiling. Return the position (3,) of each light."""
    rows, columns = (max(1, round(side / kit.between(2.2, 4.0))) for side in (room.x1 - room.x0, room.y1 - room.y0))
    style, glow = int(kit.random.integers(4)), kit.palette.new("glow", glow=kit.between(1.2, 3.0))
    places = []
    for i in range(rows):
        for k in range(columns):
            x = room.x0 + (i + 0.5) / rows * (room.x1 - room.x0)
            y = room.y0 + (k + 0.5) / columns * (room.y1 - room.y0)
            z = room.height
            if style == 0:
                kit.build.lathe([(0, -0.1), (0.16, -0.08), (0.2, 0)], glow, place(x, y, z), sides=18)
                drop = 0.1
            elif style == 1:
                kit.build.box((kit.between(0.3, 1.2), kit.between(0.15, 0.3), 0.07), (x, y, z - 0.035), glow)
                drop = 0.07
            else:
                drop = kit.between(0.35, 0.8)
                cord, shade = kit.palette.some("metal"), kit.palette.some("thing")
                kit.build.lathe([(0.008, -drop), (0.008, 0)], cord, place(x, y, z), sides=5)
                if style == 2:
                    kit.build.lathe(ball(0.14), glow, place(x, y, z - drop - 0.28), smooth=True)
                    drop += 0.28
                else:
                    kit.build.lathe([(0.25, -drop - 0.2), (0.05, -drop)], shade, place(x, y, z), thin=True)
                    kit.build.lathe(ball(0.05, 5), glow, place(x, y, z - drop - 0.15), sides=8, smooth=True)
                    drop += 0.2
            places.append(np.array([x, y, z - drop - 0.1], np.float32))
    return places


def window_light(hole: Opening) -> Float32:
    """Return the position (3,) of a window's light: its middle, slightly inside the room."""
    face = hole.high + 0.12 if hole.outward < 0 else hole.low - 0.12
    middle = 0.5 * (hole.start + hole.end)
    x, y = (face, middle) if hole.axis == 0 else (middle, face)
    return np.array([x, y, 0.5 * (hole.bottom + hole.top)], np.float32)


def _picture(kit: Kit, at: Float64, half: float, height: float) -> None:
    h = min(2 * half * kit.between(0.6, 1.5), 1.2)
    z = min(kit.between(1.3, 1.8), height - 0.5 * h - 0.1)
    rim = kit.between(0.0, 0.06)
    frame = kit.palette.some("wood")
    kit.build.box((2 * half, 0.03, h), (0, -0.015, z), frame, at)
    _face(kit, half - rim, 0.5 * h - rim, z, kit.palette.new("picture"), at, -0.032)


def _face(kit: Kit, half: float, tall: float, z: float, material: Material, at: Float64, y: float) -> None:
    if half > 0.02 and tall > 0.02:
        kit.build.sheet((-half, y, z - tall), (2 * half, 0, 0), (0, 0, 2 * tall), material, at)


def _board(kit: Kit, at: Float64, half: float, height: float) -> None:
    """Add a shelf on the wall."""
    d = kit.between(0.15, 0.25)
    for i in range(int(kit.random.integers(1, 4))):
        z = 1.1 + 0.38 * i
        if z + 0.35 > height:
            return
        kit.build.box((2 * half, d, 0.025), (0, -0.5 * d, z), kit.palette.some("wood"), at)
        inner = at @ place(0, -0.5 * d, z + 0.0125)
        if kit.chance(0.5):
            books(kit, 1.9 * half, d, 0.3, inner)
        else:
            clutter(kit, 2 * half, d, 0.0, inner, 25.0)


def _clock(kit: Kit, at: Float64, half: float, height: float) -> None:
    r = min(half, 0.22)
    turned = at @ place(0, 0, min(1.9, height - r - 0.1), 0, 0.5 * np.pi)
    kit.build.lathe([(r, 0), (r, 0.03), (0, 0.035)], kit.palette.new("printed"), turned, sides=20)


def _hooks(kit: Kit, at: Float64, half: float, height: float) -> None:
    """Add clothes on a rail."""
    kit.build.box((2 * half, 0.02, 0.08), (0, -0.01, 1.7), kit.palette.some("wood"), at)
    for x in np.arange(-half + 0.1, half - 0.05, 0.2):
        if kit.chance(0.7):
            long, w = kit.between(0.4, 1.0), kit.between(0.15, 0.3)
            kit.build.box(
                (w, kit.between(0.05, 0.12), long), (x, -0.08, 1.68 - 0.5 * long), kit.palette.some("fabric"), at
            )


def _heater(kit: Kit, at: Float64, half: float, height: float) -> None:
    material = kit.palette.some("lacquer")
    for x in np.arange(-half + 0.03, half, 0.06):
        kit.build.box((0.045, 0.08, 0.55), (x, -0.07, 0.42), material, at)


def _door(kit: Kit, at: Float64, half: float, height: float) -> None:
    """Add a closed door."""
    w, h = max(half, 0.4), min(2.05, height - 0.1)
    leaf, frame = kit.palette.some("lacquer"), kit.palette.some("wood")
    kit.build.box((2 * w, 0.04, h), (0, -0.0, 0.5 * h), leaf, at)
    for side in (-1, 1):
        kit.build.box((0.08, 0.07, h), (side * w, -0.0, 0.5 * h), frame, at)
    kit.build.box((2 * w + 0.08, 0.07, 0.08), (0, -0.0, h), frame, at)
    kit.build.box((0.13, 0.05, 0.025), (0.8 * w - 0.07, -0.05, 1.02), kit.palette.some("metal"), at)
