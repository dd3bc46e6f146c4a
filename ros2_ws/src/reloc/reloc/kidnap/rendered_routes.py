"""Plan routes of a wheeled robot in a synthetic world, and views of a mapping robot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from reloc.datatypes import Float64
from reloc.errors import CrowdedWorldError
from reloc.geometry.cameras import Camera
from reloc.synth.camera_poses import PoseConfig, is_good, level
from reloc.synth.world import Room, World

SPEED, TURN = 0.35, np.deg2rad(35.0)  # m/s, rad/s
HEIGHT, PITCH = 0.9, -0.05  # height and pitch of the camera, meters and radians
CLEARANCE = 0.3  # meters from the camera to any obstacle
_SECONDS = 6.0  # duration of a route
_TRIES = 4000


def routes(world: World, camera: Camera, random: np.random.Generator, hz: float, count: int) -> list[Float64]:
    """Return ``count`` drives, each (N, 4, 4) world_from_cam at ``hz``.

    Raises:
        CrowdedWorldError: there is no room to drive.
    """
    rooms = world.rooms
    areas = np.array([room.area for room in rooms])
    found: list[Float64] = []
    for _ in range(_TRIES):
        if len(found) == count:
            return found
        room = rooms[int(random.choice(len(rooms), p=areas / areas.sum()))]
        place = np.array([random.uniform(room.x0, room.x1), random.uniform(room.y0, room.y1)])
        yaw = float(random.uniform(-np.pi, np.pi))
        if is_good(world, camera, _view(place, yaw), PoseConfig(clearance=CLEARANCE)):
            found.append(_route(world, room, place, yaw, random, hz))
    raise CrowdedWorldError(f"The world {world.seed} has no room to drive", "Give another seed")


@dataclass(frozen=True, slots=True)
class MapDensity:
    """How densely a mapping robot looks around."""

    grid_m: float = 0.6  # distance of its stops
    directions: int = 10  # in which it looks at each stop


def map_poses(world: World, camera: Camera, random: np.random.Generator, density: MapDensity | None = None) -> Float64:
    """Return world_from_cam (N, 4, 4): views in all directions from the free places of a grid.

    Raises:
        CrowdedWorldError: there is no such place.
    """
    density, config, poses = density or MapDensity(), PoseConfig(clearance=CLEARANCE), []
    for room in world.rooms:
        for x in _between(room.x0, room.x1, density.grid_m):
            for y in _between(room.y0, room.y1, density.grid_m):
                place = np.array([x, y]) + random.uniform(-0.1, 0.1, 2)
                first = random.uniform(-np.pi, np.pi)
                turns = 2 * np.pi * np.arange(density.directions) / density.directions
                views = [_view(place, first + turn) for turn in turns]
                poses += [view for view in views if is_good(world, camera, view, config)]
    if not poses:
        raise CrowdedWorldError(f"The world {world.seed} has no place with a free view", "Give another seed")
    return np.array(poses)


def _between(low: float, high: float, step: float) -> Float64:
    count = max(1, round((high - low) / step))
    return np.asarray(low + (np.arange(count) + 0.5) * (high - low) / count)


def _route(world: World, room: Room, place: Float64, yaw: float, random: np.random.Generator, hz: float) -> Float64:
    """Drive straight in gentle bends; turn on the spot before an obstacle."""
    poses, turn, side = [], 0.0, 1.0 if random.random() < 0.5 else -1.0
    for _ in range(max(2, round(_SECONDS * hz))):
        poses.append(_view(place, yaw))
        turn = 0.9 * turn + random.normal(0.0, 0.25 * TURN)
        ahead = place + SPEED / hz * np.array([np.cos(yaw), np.sin(yaw)])
        if _is_free(world, room, ahead):
            place, yaw = ahead, yaw + float(np.clip(turn, -TURN, TURN)) / hz
        else:
            yaw += side * TURN / hz
    return np.array(poses)


def _is_free(world: World, room: Room, place: Float64) -> bool:
    inside = (
        room.x0 + CLEARANCE < place[0] < room.x1 - CLEARANCE and room.y0 + CLEARANCE < place[1] < room.y1 - CLEARANCE
    )
    return bool(inside and world.solids.distance(np.append(place, HEIGHT)[None])[0] > CLEARANCE)


def _view(place: Float64, yaw: float) -> Float64:
    return level(np.append(place, HEIGHT), yaw, PITCH, 0.0)
