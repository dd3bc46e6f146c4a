"""Shells of rooms: floor, ceiling, walls with doorways, and things that hang on walls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc_demo.world.scene import DemoRoom, Scene

HEIGHT = 2.6
WALL = 0.15  # thickness of walls, meters
DOOR_WIDTH, DOOR_HEIGHT = 1.0, 2.1

# Each wall as seen from inside: the position of its lower left corner, and the direction of its foot.
_SIDES = {"north": (0, 1, 1, 0), "east": (1, 1, 0, -1), "south": (1, 0, -1, 0), "west": (0, 0, 0, 1)}


@dataclass(frozen=True, slots=True)
class Finish:
    """The textures of a room's shell. ``accent`` gives some walls another texture."""

    wall: str
    floor: str
    accent: tuple[tuple[str, str], ...] = ()
    ceiling: str = "ceiling"
    tile: float = 2.0
    floor_tile: float = 3.0


@dataclass(frozen=True, slots=True)
class Doorway:
    """A gap in a wall, centered ``at`` meters along world x or y."""

    side: str
    at: float


def wall_frame(scene: Scene, room: DemoRoom, side: str) -> tuple[Scene, float]:
    """Return a scene with x along the wall's foot and -y into the room, and the wall's length."""
    right, up, ux, uy = _SIDES[side]
    x, y = room.x[right], room.y[up]
    length = abs((room.x[1] - room.x[0]) * ux + (room.y[1] - room.y[0]) * uy)
    return scene.at(x, y, float(np.rad2deg(np.arctan2(uy, ux)))), length


def along(room: DemoRoom, side: str, at: float) -> float:
    """Return meters along the wall's foot of world coordinate ``at`` (x for north and south, else y)."""
    return {"north": at - room.x[0], "south": room.x[1] - at, "west": at - room.y[0], "east": room.y[1] - at}[side]


def add_room(scene: Scene, room: DemoRoom, finish: Finish, doors: tuple[Doorway, ...]) -> Scene:
    """Add the shell of a room; return the scene with this room current."""
    scene.rooms.append(room)
    inside = Scene(scene.rooms, scene.surfaces, scene.solids, scene.world_from_local, len(scene.rooms) - 1)
    (x0, x1), (y0, y1) = room.x, room.y
    inside.rectangle((x0, y0, 0), (x1 - x0, 0, 0), (0, y1 - y0, 0), finish.floor, finish.floor_tile)
    inside.rectangle((x0, y1, room.height), (x1 - x0, 0, 0), (0, y0 - y1, 0), finish.ceiling, 2.4)
    for side in _SIDES:
        texture = dict(finish.accent).get(side, finish.wall)
        gaps = sorted(along(room, side, door.at) for door in doors if door.side == side)
        _wall(inside, room, side, texture, finish.tile, gaps)
    for x, y, z in room.lamps:
        inside.box((x - 0.3, y - 0.3, z - 0.02), (0.6, 0.6, 0.06), "lamp", glow=1.0, solid=False)
        inside.rectangle((x - 0.3, y + 0.3, z - 0.021), (0.6, 0, 0), (0, -0.6, 0), "lamp", glow=1.0)
    return inside


def _wall(scene: Scene, room: DemoRoom, side: str, texture: str, tile: float, gaps: list[float]) -> None:
    frame, length = wall_frame(scene, room, side)
    start = 0.0
    for gap in [*gaps, None]:
        end = length if gap is None else gap - DOOR_WIDTH / 2
        frame.rectangle((start, 0, 0), (end - start, 0, 0), (0, 0, room.height), texture, tile)
        frame.box((start, -0.015, 0), (end - start, 0.015, 0.09), "skirting", tile=1.0, solid=False)
        _block(frame, start, end, room.height)
        if gap is not None:
            above = room.height - DOOR_HEIGHT
            frame.rectangle((end, 0, DOOR_HEIGHT), (DOOR_WIDTH, 0, 0), (0, 0, above), texture, tile)
            _door_frame(frame, end)
            start = gap + DOOR_WIDTH / 2


def _block(frame: Scene, start: float, end: float, height: float) -> None:
    """Add the wall's body, as an obstacle only."""
    bare = Scene([], [], frame.solids, frame.world_from_local, -1)
    bare.box((start, 0.0, 0.0), (end - start, WALL / 2, height), "")


def _door_frame(frame: Scene, x: float) -> None:
    w, h, t = DOOR_WIDTH, DOOR_HEIGHT, WALL / 2
    frame.box((x - 0.08, -0.02, 0), (0.08, 0.02, h + 0.08), "door frame", tile=1.0, solid=False)
    frame.box((x + w, -0.02, 0), (0.08, 0.02, h + 0.08), "door frame", tile=1.0, solid=False)
    frame.box((x, -0.02, h), (w, 0.02, 0.08), "door frame", tile=1.0, solid=False)
    frame.rectangle((x, 0, 0), (0, t, 0), (0, 0, h), "door frame", 1.0)
    frame.rectangle((x + w, t, 0), (0, -t, 0), (0, 0, h), "door frame", 1.0)
    frame.rectangle((x, t, h), (w, 0, 0), (0, -t, 0), "door frame", 1.0)
    frame.rectangle((x, 0, 0), (w, 0, 0), (0, t, 0), "door frame", 1.0)


def hang(
    scene: Scene,
    side: str,
    at: float,
    bottom: float,
    size: tuple[float, float],
    picture: str,
    frame: str = "frame black",
    glow: float = 0.0,
    depth: float = 0.03,
) -> None:
    """Hang a picture, window or screen on a wall of the current room, centered at world coordinate ``at``."""
    room = scene.rooms[scene.room]
    local, _ = wall_frame(scene, room, side)
    x, (w, h) = along(room, side, at) - size[0] / 2, size
    rim = 0.04
    local.box((x - rim, -depth, bottom - rim), (w + 2 * rim, depth, h + 2 * rim), frame, tile=0.5, solid=False)
    local.rectangle((x, -depth - 0.004, bottom), (w, 0, 0), (0, 0, h), picture, glow=glow)
