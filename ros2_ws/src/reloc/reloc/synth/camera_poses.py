"""Draw camera poses in free space, with enough distance and view, in the paper's dense or sparse manner (V.A).

Dense: six degrees of freedom, in clusters. Pairs as in the paper (distance up to 0.6 m, angle up to 30 deg) would be
    rare
among poses from whole rooms. Sparse: a robot's camera, which changes mainly its place and yaw.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

import numpy as np

from reloc.config import param, validate
from reloc.datatypes import Float64
from reloc.errors import CrowdedWorldError
from reloc.geometry import transforms
from reloc.geometry.cameras import Camera
from reloc.synth.ray_caster import NOTHING
from reloc.synth.world import Room, World

DENSE, SPARSE = "dense", "sparse"
_PROBES = (12, 10)  # rays per row and per column that test a view
_PATIENCE = 400  # poses that may be refused in a row


@dataclass(frozen=True, slots=True)
class PoseConfig:
    """Parameters of the camera poses."""

    manner: str = param(
        DENSE, "Camera poses are dense in six degrees of freedom, or sparse as a robot's.", choices=(DENSE, SPARSE)
    )
    cluster: int = param(
        8,
        "In the dense manner, this many poses lie around one place. Raising it visits fewer places.",
        ge=1,
        le=1000,
        expert=True,
    )
    spread_m: float = param(
        0.3,
        "In the dense manner, a pose lies at most this far from its place. Raising it spreads the views; "
        "0 only turns them.",
        unit="m",
        ge=0.0,
        le=5.0,
        expert=True,
    )
    spread_deg: float = param(
        15.0,
        "In the dense manner, a pose is turned at most this far from its place's view. Raising it spreads the views.",
        unit="deg",
        ge=0.0,
        le=180.0,
        expert=True,
    )
    clearance: float = param(
        0.25,
        "Furniture and walls keep at least this distance from the camera. Raising it leaves fewer possible poses.",
        unit="m",
        ge=0.0,
        le=1.0,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)


def draw_poses(
    world: World,
    camera: Camera,
    count: int,
    random: np.random.Generator,
    config: PoseConfig,
    room: Room | None = None,
) -> Float64:
    """Return world_from_cam (count, 4, 4), in ``room`` if it is given, otherwise in all rooms.

    Raises:
        CrowdedWorldError: no free place was found.
        DependencyError: Embree is not installed.
    """
    poses: list[Float64] = []
    height = float(random.uniform(0.4, 1.7))  # height of a robot's camera
    pitch = float(random.normal(-0.05, 0.1))
    refused = 0
    while len(poses) < count:
        here = room or _some_room(world, random)
        anchor = _robots(here, height, pitch, random) if config.manner == SPARSE else _hand_held(here, random)
        if not is_good(world, camera, anchor, config):
            refused += 1
            if refused >= _PATIENCE:
                give_up(world)
            continue
        refused = 0
        poses.append(anchor)
        if config.manner == DENSE:
            poses += _around(world, camera, anchor, min(config.cluster, count - len(poses) + 1) - 1, random, config)
    return np.array(poses[:count])


def corner_poses(world: World, camera: Camera, room: Room, random: np.random.Generator, config: PoseConfig) -> Float64:
    """Return the sparse map's references, (4, 4, 4): one in each corner of a room, looking to its middle (V.C).

    If a corner is occupied, the camera moves from it toward the middle.

    Raises:
        CrowdedWorldError: there is no free place between a corner and the middle.
    """
    height, middle = float(random.uniform(0.5, 1.6)), 0.5 * np.array([room.x0 + room.x1, room.y0 + room.y1])
    height = min(height, room.height - 0.35)
    poses = []
    for x, y in ((room.x0, room.y0), (room.x1, room.y0), (room.x1, room.y1), (room.x0, room.y1)):
        corner = np.array([x, y])
        for share in np.linspace(0.12, 0.8, 40):
            place = corner + share * (middle - corner)
            rise = height if share < 0.6 else height + 0.4  # to look over furniture
            yaw = float(np.arctan2(*(middle - corner)[::-1]) + random.normal(0.0, 0.1))
            pose = level(np.append(place, min(rise, room.height - 0.3)), yaw, -0.05, 0.0)
            if is_good(world, camera, pose, config):
                poses.append(pose)
                break
        else:
            give_up(world)
    return np.array(poses)


def level(place: Float64, yaw: float, pitch: float, roll: float) -> Float64:
    """Return world_from_cam of a camera that looks along ``yaw`` (0: x), up by ``pitch``, turned by ``roll``; rad."""
    cos, sin = np.cos(yaw), np.sin(yaw)
    rotation = np.array([[sin, 0.0, cos], [-cos, 0.0, sin], [0.0, -1.0, 0.0]])
    turned = rotation @ transforms.so3_exp([pitch, 0.0, 0.0]) @ transforms.so3_exp([0.0, 0.0, roll])
    return transforms.make(turned, place)


def is_good(world: World, camera: Camera, world_from_cam: Float64, config: PoseConfig) -> bool:
    """Return whether a camera has free space at a pose, and sees enough."""
    place = world_from_cam[:3, 3]
    margin = config.clearance
    inside = any(
        r.x0 + margin < place[0] < r.x1 - margin
        and r.y0 + margin < place[1] < r.y1 - margin
        and 0.15 < place[2] < r.height - 0.2
        for r in world.rooms
    )
    if not inside or world.solids.distance(place[None])[0] < margin:
        return False
    u, v = (np.linspace(0, side - 1, n) for side, n in zip((camera.width, camera.height), _PROBES, strict=True))
    uv = np.stack(np.meshgrid(u, v), axis=-1).reshape(-1, 2)
    rays = np.column_stack([camera.normalize(uv), np.ones(len(uv))]) @ world_from_cam[:3, :3].T
    hits = world.rays.first_hits(np.broadcast_to(place, rays.shape).astype(np.float32), rays.astype(np.float32))
    met = hits.triangle != NOTHING
    behind = hits.along_normal & met & ~world.mesh.thin[hits.triangle]
    return bool(
        not behind.any()
        and np.median(hits.distance) > 0.9
        and (hits.distance < 0.35).mean() < 0.1
        and len(np.unique(world.mesh.patch[hits.triangle[met]])) >= 8
    )


def _some_room(world: World, random: np.random.Generator) -> Room:
    areas = np.array([room.area for room in world.rooms])
    return world.rooms[int(random.choice(len(areas), p=areas / areas.sum()))]


def _inside(room: Room, random: np.random.Generator) -> Float64:
    return np.array([random.uniform(room.x0, room.x1), random.uniform(room.y0, room.y1)])


def _robots(room: Room, height: float, pitch: float, random: np.random.Generator) -> Float64:
    place = np.append(_inside(room, random), height + random.normal(0.0, 0.02))
    return level(place, random.uniform(-np.pi, np.pi), pitch + random.normal(0.0, 0.03), random.normal(0.0, 0.015))


def _hand_held(room: Room, random: np.random.Generator) -> Float64:
    place = np.append(_inside(room, random), random.uniform(0.4, room.height - 0.4))
    aim = -0.35 * (place[2] - 1.2)  # a high camera looks down
    return level(place, random.uniform(-np.pi, np.pi), aim + random.normal(-0.1, 0.25), random.normal(0.0, 0.15))


def _around(
    world: World, camera: Camera, anchor: Float64, count: int, random: np.random.Generator, config: PoseConfig
) -> list[Float64]:
    """Return up to ``count`` poses near an anchor; fewer where space is narrow."""
    found: list[Float64] = []
    for _ in range(4 * count):
        if len(found) == count:
            break
        shift, turn = (_in_ball(random) for _ in range(2))
        pose = anchor.copy()
        pose[:3, :3] = anchor[:3, :3] @ transforms.so3_exp(turn * np.deg2rad(config.spread_deg))
        pose[:3, 3] += shift * config.spread_m
        if is_good(world, camera, pose, config):
            found.append(pose)
    return found


def _in_ball(random: np.random.Generator) -> Float64:
    direction = random.standard_normal(3)
    return np.asarray(direction / np.linalg.norm(direction) * random.random() ** (1 / 3))


def give_up(world: World) -> NoReturn:
    """Raise that there is no space for a camera."""
    raise CrowdedWorldError(
        f"The world {world.seed} has no place where a camera sees enough", "Give another seed, or a smaller clearance"
    )
