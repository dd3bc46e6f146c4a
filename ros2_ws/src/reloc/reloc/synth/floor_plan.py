"""Draw the rooms and their connections: one room, two in a row, an L, or rooms along a corridor."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.synth.world import Room

WALL = 0.14  # thickness of walls, meters
KINDS = ("living", "bedroom", "kitchen", "office", "dining", "store")


@dataclass(frozen=True, slots=True)
class Opening:
    """A box-shaped hole through a wall. Doors begin on the floor; windows lead outside."""

    axis: int  # 0: the wall stands across x, 1: across y
    low: float  # meters along the axis: the wall's two faces
    high: float
    start: float  # meters along the wall
    end: float
    bottom: float
    top: float
    outward: int = 0  # for a window, the sign of the axis that leads outside; 0: the hole joins two rooms

    def is_in(self, axis: int, face: float) -> bool:
        """Return whether the hole goes through the wall with this face."""
        return axis == self.axis and min(abs(face - self.low), abs(face - self.high)) < 1e-6


@dataclass(frozen=True, slots=True)
class FloorPlan:
    """Rooms and the holes in their walls."""

    rooms: tuple[Room, ...]
    openings: tuple[Opening, ...]


def draw_plan(random: np.random.Generator) -> FloorPlan:
    """Draw a random floor plan."""
    height = float(random.uniform(2.3, 3.1))
    form = random.choice(["one", "two", "L", "corridor"], p=[0.4, 0.2, 0.15, 0.25])
    joints: list[Opening] = []
    if form == "corridor":
        rooms = _along_corridor(random, height, joints)
    else:
        w, d = random.uniform(2.4, 6.5), random.uniform(2.4, 5.5)
        rooms = [_room(random, 0.0, 0.0, w, d, height)]
        if form != "one":
            w2, d2 = random.uniform(1.8, 4.0), d * random.uniform(0.45, 1.0)
            gap = 0.02 if form == "L" else WALL
            rooms.append(_room(random, w + gap, 0.0, w + gap + w2, d2, height))
            joints.append(_joint(random, 0, w, w + gap, (0.0, d2), height, wide=form == "L"))
    windows = [hole for room in rooms for hole in _windows(random, room, rooms)]
    return FloorPlan(tuple(rooms), (*joints, *windows))


def _room(random: np.random.Generator, x0: float, y0: float, x1: float, y1: float, height: float) -> Room:
    return Room(float(x0), float(y0), float(x1), float(y1), height, str(random.choice(KINDS)))


def _along_corridor(random: np.random.Generator, height: float, joints: list[Opening]) -> list[Room]:
    length, width = random.uniform(4.0, 9.0), random.uniform(1.2, 2.2)
    rooms = [Room(0.0, 0.0, float(length), float(width), height, "corridor")]
    for side in (1, -1) if random.random() < 0.5 else (1,):
        x = 0.0
        while length - x > 2.4:
            w = min(random.uniform(2.4, 4.5), length - x)
            if length - x - w < 2.4:
                w = length - x
            d = random.uniform(2.4, 4.5)
            low, high = (width, width + WALL) if side > 0 else (-WALL, 0.0)
            y0, y1 = (high, high + d) if side > 0 else (low - d, low)
            rooms.append(_room(random, x, y0, x + w, y1, height))
            joints.append(_joint(random, 1, low, high, (x, x + w), height, wide=random.random() < 0.15))
            x += w + WALL
    return rooms


def _joint(
    random: np.random.Generator,
    axis: int,
    low: float,
    high: float,
    span: tuple[float, float],
    height: float,
    wide: bool,
) -> Opening:
    length = span[1] - span[0]
    if wide:
        top = height if high - low < 0.1 else float(random.uniform(2.1, height - 0.1))
        margin = 0.0 if high - low < 0.1 else 0.12
        return Opening(axis, float(low), float(high), span[0] + margin * length, span[1] - margin * length, 0.0, top)
    door = min(float(random.uniform(0.75, 1.1)), length - 0.2)  # a narrow room gets a narrow door
    start = span[0] + float(random.uniform(0.1, max(0.1, length - door - 0.1)))
    return Opening(axis, float(low), float(high), start, start + door, 0.0, float(random.uniform(1.95, 2.15)))


def _windows(random: np.random.Generator, room: Room, rooms: list[Room]) -> list[Opening]:
    """Return windows in outer walls of a room."""
    holes = []
    for axis, sign in ((0, -1), (0, 1), (1, -1), (1, 1)):
        face = (room.x0, room.y0)[axis] if sign < 0 else (room.x1, room.y1)[axis]
        start, end = (room.y0, room.y1) if axis == 0 else (room.x0, room.x1)
        strip = (face, start, face + sign * 3.0, end) if axis == 0 else (start, face, end, face + sign * 3.0)
        if end - start < 1.4 or random.random() > 0.4 or any(_meets(strip, r) for r in rooms if r is not room):
            continue
        width = float(random.uniform(0.6, min(2.4, end - start - 0.5)))
        at = start + float(random.uniform(0.2, end - start - width - 0.2))
        bottom = float(random.uniform(0.7, 1.1)) if random.random() < 0.8 else 0.12
        top = min(bottom + float(random.uniform(0.8, 1.5)), room.height - 0.15) if bottom > 0.5 else 2.1
        low, high = (face - 0.22, face) if sign < 0 else (face, face + 0.22)
        holes.append(Opening(axis, low, high, at, at + width, bottom, top, sign))
    return holes


def _meets(strip: tuple[float, float, float, float], room: Room) -> bool:
    x0, x1, y0, y1 = min(strip[0], strip[2]), max(strip[0], strip[2]), min(strip[1], strip[3]), max(strip[1], strip[3])
    return x0 < room.x1 + 0.3 and room.x0 - 0.3 < x1 and y0 < room.y1 + 0.3 and room.y0 - 0.3 < y1
