"""Build floors, ceilings, walls with their holes, windows, and the views outside."""

from __future__ import annotations

import math

import numpy as np

from reloc.datatypes import Float64
from reloc.synth.floor_plan import FloorPlan, Opening
from reloc.synth.furniture.kit import Kit
from reloc.synth.mesh_builder import Material, place
from reloc.synth.world import Room

Walls = tuple[tuple[Float64, float, int, float], ...]


def walls_of(room: Room) -> Walls:
    """Return the four walls: world_from_wall, length, axis, face.

    Seen from inside, x is right; y goes into the wall.
    """
    w, d = room.x1 - room.x0, room.y1 - room.y0
    return (
        (place(room.x0, room.y1), w, 1, room.y1),
        (place(room.x1, room.y1, 0, -0.5 * math.pi), d, 0, room.x1),
        (place(room.x1, room.y0, 0, math.pi), w, 1, room.y0),
        (place(room.x0, room.y0, 0, 0.5 * math.pi), d, 0, room.x0),
    )


def holes_of(at: Float64, axis: int, face: float, length: float, plan: FloorPlan) -> list[tuple[float, float, Opening]]:
    """Return (start, end, opening) for each hole of a wall, in order along the wall."""
    found = []
    for hole in plan.openings:
        if not hole.is_in(axis, face):
            continue
        ends = [(face, s) if axis == 0 else (s, face) for s in (hole.start, hole.end)]
        along = sorted(float((np.array([x, y]) - at[:2, 3]) @ at[:2, 0]) for x, y in ends)
        if along[0] > -1e-6 and along[1] < length + 1e-6:
            found.append((max(along[0], 0.0), min(along[1], length), hole))
    return sorted(found, key=lambda f: f[0])


def build_shell(kit: Kit, plan: FloorPlan) -> None:
    """Build all fixed parts."""
    wall, ceiling, frame = kit.palette.new("wall"), kit.palette.new("plain"), kit.palette.new("lacquer")
    floor = kit.palette.new("floor")
    for room in plan.rooms:
        w, d = room.x1 - room.x0, room.y1 - room.y0
        wet = room.kind == "kitchen" and kit.chance(0.5)
        own_floor = kit.palette.new("wet" if wet else "floor") if kit.chance(0.5) else floor
        kit.build.sheet((room.x0, room.y0, 0), (w, 0, 0), (0, d, 0), own_floor)
        kit.build.sheet((room.x0, room.y1, room.height), (w, 0, 0), (0, -d, 0), ceiling)
        own = kit.palette.new("wall") if kit.chance(0.6) else wall
        accent = int(kit.random.integers(4)) if kit.chance(0.4) else -1
        skirting = kit.chance(0.7)
        for i, (at, length, axis, face) in enumerate(walls_of(room)):
            material = kit.palette.new("wall") if i == accent else own
            _wall(kit, at, length, room.height, holes_of(at, axis, face, length, plan), material, frame, skirting)
    for hole in plan.openings:
        _reveal(kit, hole, frame, floor)
        if hole.outward:
            _window(kit, hole, frame)
    sky, far = kit.palette.new("outside", glow=1.2), 60.0
    kit.build.sheet((-far, -far, -far), (2 * far, 0, 0), (0, 2 * far, 0), sky, cell=2 * far)
    kit.build.sheet((-far, far, far), (2 * far, 0, 0), (0, -2 * far, 0), sky, cell=2 * far)
    for at, length, _, _ in walls_of(Room(-far, -far, far, far, far)):
        kit.build.sheet((0, 0, -far), (length, 0, 0), (0, 0, 2 * far), sky, at, cell=2 * far)


def _wall(
    kit: Kit,
    at: Float64,
    length: float,
    height: float,
    holes: list[tuple[float, float, Opening]],
    material: Material,
    frame: Material,
    skirting: bool,
) -> None:
    def piece(x0: float, x1: float, z0: float, z1: float) -> None:
        if x1 - x0 > 1e-6 and z1 - z0 > 1e-6:
            kit.build.sheet((x0, 0, z0), (x1 - x0, 0, 0), (0, 0, z1 - z0), material, at, origin=(x0, z0))

    def base(x0: float, x1: float) -> None:
        if skirting and x1 - x0 > 0.1:
            kit.build.box((x1 - x0, 0.015, 0.08), (0.5 * (x0 + x1), -0.0075, 0.04), frame, at)

    x = 0.0
    for start, end, hole in holes:
        piece(x, start, 0.0, height)
        piece(start, end, 0.0, hole.bottom)
        piece(start, end, hole.top, height)
        if hole.bottom < 0.05:
            base(x, start)
            x = end
            if hole.high - hole.low > 0.05:  # a frame around a door
                for side in (start, end):
                    kit.build.box((0.07, 0.03, hole.top), (side, -0.01, 0.5 * hole.top), frame, at)
                kit.build.box((end - start, 0.03, 0.07), (0.5 * (start + end), -0.01, hole.top), frame, at)
        else:
            base(x, end)
            x = end
    piece(x, length, 0.0, height)
    base(x, length)


def _reveal(kit: Kit, hole: Opening, frame: Material, floor: Material) -> None:
    """Build the four inner sides of a hole."""
    at = place(0, 0) if hole.axis == 1 else place(0, 0, 0, 0.5 * math.pi)
    # In this frame, x runs along the wall and y through it. For a wall across x, they are the world's y and -x.
    low, high = (hole.low, hole.high) if hole.axis == 1 else (-hole.high, -hole.low)
    deep, wide, tall = high - low, hole.end - hole.start, hole.top - hole.bottom
    build = kit.build
    build.sheet((hole.start, low, hole.bottom), (0, deep, 0), (0, 0, tall), frame, at)
    build.sheet((hole.end, high, hole.bottom), (0, -deep, 0), (0, 0, tall), frame, at)
    build.sheet((hole.start, low, hole.bottom), (wide, 0, 0), (0, deep, 0), frame if hole.outward else floor, at)
    build.sheet((hole.start, high, hole.top), (wide, 0, 0), (0, -deep, 0), frame, at)


def _window(kit: Kit, hole: Opening, frame: Material) -> None:
    """Build a window with bars, a view and perhaps curtains."""
    middle, face = 0.5 * (hole.start + hole.end), hole.high if hole.outward < 0 else hole.low
    if hole.axis == 1:
        at = place(middle, face, 0, 0.0 if hole.outward > 0 else math.pi)
    else:
        at = place(face, middle, 0, -0.5 * math.pi if hole.outward > 0 else 0.5 * math.pi)
    w, h = hole.end - hole.start, hole.top - hole.bottom
    z, bar, y = 0.5 * (hole.top + hole.bottom), kit.between(0.03, 0.07), 0.12
    for side in (-1, 1):
        kit.build.box((bar, bar, h), (side * 0.5 * (w - bar), y, z), frame, at)
        kit.build.box((w, bar, bar), (0, y, z + side * 0.5 * (h - bar)), frame, at)
    for i in range(1, int(kit.random.integers(1, 4))):
        kit.build.box((0.7 * bar, 0.7 * bar, h), ((i / 3 - 0.5) * w, y, z), frame, at)
    if kit.chance(0.3):
        kit.build.box((w, 0.7 * bar, 0.7 * bar), (0, y, z + kit.between(-0.2, 0.3) * h), frame, at)
    if hole.bottom > 0.3:
        kit.build.box((w + 0.1, 0.3, 0.03), (0, 0.02, hole.bottom - 0.01), frame, at)
    away, broad = kit.between(1.0, 2.4), kit.between(2.5, 4.0)
    view = kit.palette.new("outside", glow=kit.between(0.8, 2.2))
    kit.build.sheet((-broad, away, z - 1.8), (2 * broad, 0, 0), (0, 0, 3.6), view, at, cell=9.0)
    if kit.chance(0.5):
        cloth = kit.palette.new("fabric")
        bottom = 0.06 if kit.chance(0.5) else max(0.06, hole.bottom - 0.15)
        part = kit.between(0.12, 0.4) * w
        for side in (-1, 1):
            for i in range(4):  # pleats
                x0 = side * (0.5 * w + 0.1) - (side + 1) * 0.5 * part
                x, step = x0 + i * part / 4, part / 4
                slope = 0.05 if i % 2 == 0 else -0.05
                y0 = -0.06 if i % 2 == 0 else -0.01
                kit.build.sheet(
                    (x, y0, bottom), (step, slope, 0), (0, 0, hole.top + 0.1 - bottom), cloth, at, thin=True, cell=0.6
                )
