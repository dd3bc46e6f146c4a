"""Put furniture into rooms: at the walls and in the middle, without overlap, and never in front of a door."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reloc.synth.floor_plan import FloorPlan
from reloc.synth.furniture import lamps_and_plants, seats, storage, tables
from reloc.synth.furniture.kit import Kit, Piece
from reloc.synth.mesh_builder import place
from reloc.synth.shell import holes_of, walls_of
from reloc.synth.world import Room

Rectangle = tuple[float, float, float, float]  # x0, y0, x1, y1, meters
Maker = Callable[[Kit], Piece]
TRIES = 6

_ANYWHERE: tuple[Maker, ...] = (
    lamps_and_plants.floor_lamp,
    lamps_and_plants.large_plant,
    lamps_and_plants.heap,
    lamps_and_plants.sculpture,
    storage.cupboard,
    storage.shelf,
    seats.stool,
)
_BY_KIND: dict[str, tuple[Maker, ...]] = {
    "living": (seats.sofa, seats.sofa, storage.television, storage.shelf, storage.cupboard),
    "bedroom": (seats.bed, storage.cupboard, storage.cupboard, tables.desk),
    "kitchen": (storage.kitchen, storage.kitchen, tables.dining, lamps_and_plants.machine),
    "office": (tables.desk, tables.desk, storage.shelf, storage.cupboard),
    "dining": (tables.dining, storage.cupboard, storage.shelf, seats.sofa),
    "store": (storage.shelf, storage.shelf, lamps_and_plants.heap, lamps_and_plants.machine),
    "corridor": (storage.cupboard, seats.stool),
}


def furnish(kit: Kit, room: Room, plan: FloorPlan) -> None:
    """Fill a room up to a random density."""
    taken = _before_doors(room, plan)
    goal, filled = room.area * (kit.between(0.1, 0.2) if room.kind == "corridor" else kit.between(0.28, 0.5)), 0.0
    own = _BY_KIND[room.kind]
    for i in range(24):
        maker = own[i] if i < len(own) else (own + _ANYWHERE)[int(kit.random.integers(len(own) + len(_ANYWHERE)))]
        piece = maker(kit)
        filled += _put(kit, piece, room, taken)
        if filled > goal:
            return


def _put(kit: Kit, piece: Piece, room: Room, taken: list[Rectangle]) -> float:
    """Put a piece where it fits. Return its area in square meters."""
    for _ in range(TRIES):
        if piece.at_wall:
            walls = walls_of(room)
            at, length, _, _ = walls[int(kit.random.integers(4))]
            if length < piece.width + 0.06:
                continue
            slack = kit.between(0.0, 0.06)
            side = 0.03 + 0.5 * piece.width
            x = kit.between(side, length - side) if kit.chance(0.6) else float(kit.random.choice([side, length - side]))
            here = at @ place(x, -0.5 * piece.depth - 0.02 - slack)
        else:
            reach = 0.5 * max(piece.width, piece.depth)
            if min(room.x1 - room.x0, room.y1 - room.y0) < 2 * reach + 0.1:
                continue
            x, y = kit.between(room.x0 + reach, room.x1 - reach), kit.between(room.y0 + reach, room.y1 - reach)
            here = place(x, y, 0, float(kit.random.integers(4)) * 0.5 * np.pi + float(kit.random.normal(0.0, 0.08)))
        floor = _on_floor(here, piece)
        inside = floor[0] > room.x0 and floor[1] > room.y0 and floor[2] < room.x1 and floor[3] < room.y1
        if inside and not any(_overlap(floor, other) for other in taken):
            piece.make(kit, here)
            taken.append(floor)
            return piece.width * piece.depth
    return 0.0


def _on_floor(at: np.ndarray[tuple[int, ...], np.dtype[np.float64]], piece: Piece) -> Rectangle:
    corners = np.array([[x, y] for x in (-0.5, 0.5) for y in (-0.5, 0.5)]) * (piece.width, piece.depth)
    xy = corners @ at[:2, :2].T + at[:2, 3]
    (x0, y0), (x1, y1) = xy.min(axis=0), xy.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def _overlap(one: Rectangle, other: Rectangle) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _before_doors(room: Room, plan: FloorPlan) -> list[Rectangle]:
    kept = []
    for at, length, axis, face in walls_of(room):
        for start, end, hole in holes_of(at, axis, face, length, plan):
            if hole.bottom < 0.05:
                reach = min(0.9, 0.25 * min(room.x1 - room.x0, room.y1 - room.y0) + 0.3)
                corners = np.array([[start, 0.0], [end, -reach]]) @ at[:2, :2].T + at[:2, 3]
                (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
                kept.append((float(x0), float(y0), float(x1), float(y1)))
    return kept
