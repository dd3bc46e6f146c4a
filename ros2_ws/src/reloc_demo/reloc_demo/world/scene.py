"""The parts of a world: textured rectangles to draw, and boxes that cast shadows and block the way.

The world frame is the map frame: x east, y north, z up, in meters.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

Float64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Surface:
    """A rectangle with a texture; it shows on the side that ``edge_u x edge_v`` points to."""

    origin: Float64  # (3,) its lower left corner, seen from the front
    edge_u: Float64  # (3,) to the lower right corner
    edge_v: Float64  # (3,) to the upper left corner
    texture: str
    repeat: tuple[float, float] = (1.0, 1.0)  # repetitions of the texture along u and v
    glow: float = 0.0  # own brightness, 0 to 1, of lamps, windows and screens; 0: lit by the lamps only
    room: int = 0

    @property
    def normal(self) -> Float64:
        """Unit normal (3,) of the front side."""
        n = np.cross(self.edge_u, self.edge_v)
        return np.asarray(n / np.linalg.norm(n))


@dataclass(frozen=True, slots=True)
class Solid:
    """A box that casts shadows and that a robot must not drive into."""

    world_from_box: Float64  # (4, 4) box frame: its middle, axes along its edges
    half: Float64  # (3,) half its size
    room: int = 0


@dataclass(frozen=True, slots=True)
class DemoRoom:
    """A rectangular room and its ceiling lamps."""

    name: str
    x: tuple[float, float]
    y: tuple[float, float]
    height: float
    lamps: tuple[tuple[float, float, float], ...]

    def contains(self, x: float, y: float) -> bool:
        """Return whether a point on the floor is inside."""
        return self.x[0] <= x <= self.x[1] and self.y[0] <= y <= self.y[1]


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """Everything that is drawn or blocks the way."""

    rooms: tuple[DemoRoom, ...]
    surfaces: tuple[Surface, ...]
    solids: tuple[Solid, ...]

    def room_at(self, x: float, y: float) -> str:
        """Return the name of the room at a point on the floor; "doorway" between rooms."""
        return next((room.name for room in self.rooms if room.contains(x, y)), "doorway")

    def clearance(self, xy: Float64, height: float) -> Float64:
        """Return the distance (N,) on the floor from points (N, 2) to the nearest solid beginning below ``height``."""
        best = np.full(len(xy), np.inf)
        for solid in self.solids:
            if solid.world_from_box[2, 3] - solid.half[2] <= height:
                local = np.abs((xy - solid.world_from_box[:2, 3]) @ solid.world_from_box[:2, :2]) - solid.half[:2]
                best = np.minimum(best, np.linalg.norm(np.maximum(local, 0.0), axis=1))
        return best


@dataclass(slots=True)
class Scene:
    """Collect surfaces and solids; :meth:`finish` makes a :class:`DemoWorld` of them."""

    rooms: list[DemoRoom] = field(default_factory=list)
    surfaces: list[Surface] = field(default_factory=list)
    solids: list[Solid] = field(default_factory=list)
    world_from_local: Float64 = field(default_factory=lambda: np.eye(4))
    room: int = 0

    def at(self, x: float, y: float, yaw_deg: float = 0.0, z: float = 0.0) -> Scene:
        """Return this scene with a local frame at (x, y, z) of this one, turned by ``yaw_deg``."""
        c, s = np.cos(np.deg2rad(yaw_deg)), np.sin(np.deg2rad(yaw_deg))
        step = np.array([[c, -s, 0, x], [s, c, 0, y], [0, 0, 1, z], [0, 0, 0, 1]], dtype=np.float64)
        return Scene(self.rooms, self.surfaces, self.solids, self.world_from_local @ step, self.room)

    def rectangle(
        self,
        origin: ArrayLike,
        edge_u: ArrayLike,
        edge_v: ArrayLike,
        texture: str,
        tile: float = 0.0,
        glow: float = 0.0,
    ) -> None:
        """Add a rectangle given in the local frame; ``tile`` is the texture's size in meters, 0 stretches it to fit."""
        u, v = np.asarray(edge_u, dtype=np.float64), np.asarray(edge_v, dtype=np.float64)
        repeat = (float(np.linalg.norm(u)) / tile, float(np.linalg.norm(v)) / tile) if tile else (1.0, 1.0)
        turn, shift = self.world_from_local[:3, :3], self.world_from_local[:3, 3]
        start = turn @ np.asarray(origin, dtype=np.float64) + shift
        self.surfaces.append(Surface(start, turn @ u, turn @ v, texture, repeat, glow, self.room))

    def box(
        self,
        low: tuple[float, float, float],
        size: tuple[float, float, float],
        texture: str,
        *,
        tile: float = 0.0,
        front: str = "",
        top: str = "",
        glow: float = 0.0,
        solid: bool = True,
    ) -> None:
        """Add a box from its corner ``low``.

        ``front`` is the texture of the side toward -y, ``top`` that of the upper side.
        """
        (x, y, z), (dx, dy, dz) = low, size
        face = front or texture
        self.rectangle((x, y, z), (dx, 0, 0), (0, 0, dz), face, 0.0 if front else tile, glow)
        self.rectangle((x + dx, y, z), (0, dy, 0), (0, 0, dz), texture, tile)
        self.rectangle((x + dx, y + dy, z), (-dx, 0, 0), (0, 0, dz), texture, tile)
        self.rectangle((x, y + dy, z), (0, -dy, 0), (0, 0, dz), texture, tile)
        self.rectangle((x, y, z + dz), (dx, 0, 0), (0, dy, 0), top or texture, 0.0 if top else tile)
        if z > 0.02:
            self.rectangle((x, y + dy, z), (dx, 0, 0), (0, -dy, 0), texture, tile)
        if solid:
            half = np.array([dx, dy, dz]) / 2
            middle = np.eye(4)
            middle[:3, 3] = np.array(low) + half
            self.solids.append(Solid(self.world_from_local @ middle, half, self.room))

    def finish(self) -> DemoWorld:
        """Return the finished world."""
        return DemoWorld(tuple(self.rooms), tuple(self.surfaces), tuple(self.solids))
