"""Draw camera poses in a courtyard: references of somebody who walks around it once, and queries near that way.

The camera looks across the yard, so what it sees is 5 to 40 m away and every facade is seen from several sides.
"""

from __future__ import annotations

import numpy as np

from reloc.datatypes import Float64
from reloc.geometry.cameras import Camera
from reloc.synth.camera_poses import PoseConfig, give_up, is_good, level
from reloc.synth.renderer import render_depth
from reloc.synth.world import Room, World

_TRIES = 60  # poses tried for each place
_SMALL = 32  # width of the image on which a view is judged, pixels
_NEAR_M, _MOST_NEAR = 4.0, 0.3  # at most this share of the view is nearer than this, the ground included
_WAY = (0.45, 0.75)  # the way lies at this share of the distance from the middle to the facades


def courtyard_poses(
    world: World, camera: Camera, count: int, queries: int, random: np.random.Generator, config: PoseConfig
) -> tuple[Float64, Float64]:
    """Return world_from_cam of ``count`` references (count, 4, 4), in the order of the way, and of the queries.

    Raises:
        CrowdedWorldError: a place has no pose with enough space and view.
    """
    yard, turn = world.rooms[0], float(random.uniform(-np.pi, np.pi))
    share, height = float(random.uniform(*_WAY)), float(random.uniform(1.4, 1.8))
    angles = turn + 2 * np.pi * np.arange(count) / count
    references = [_pose(world, camera, yard, angle, share, height, random, config) for angle in angles]
    asked = turn + 2 * np.pi * random.random(queries)
    return np.array(references), np.array(
        [_pose(world, camera, yard, angle, share, height, random, config) for angle in asked]
    )


def _pose(
    world: World,
    camera: Camera,
    yard: Room,
    angle: float,
    share: float,
    height: float,
    random: np.random.Generator,
    config: PoseConfig,
) -> Float64:
    for _ in range(_TRIES):
        out = share * random.uniform(0.85, 1.1)
        angle_here = angle + random.normal(0.0, 0.05)
        place = np.array(
            [np.cos(angle_here) * 0.5 * (yard.x1 - yard.x0), np.sin(angle_here) * 0.5 * (yard.y1 - yard.y0)]
        )
        inward = float(np.arctan2(-place[1], -place[0]) + random.normal(0.0, 0.2))
        pitch = float(random.normal(0.12, 0.06))
        where = np.append(out * place, height + random.normal(0.0, 0.1))
        pose = level(where, inward, pitch, float(random.normal(0.0, 0.03)))
        if is_good(world, camera, pose, config) and _sees_facades(world, camera, pose):
            return pose
    return give_up(world)


def _sees_facades(world: World, camera: Camera, pose: Float64) -> bool:
    """Return whether nothing in the yard hides the facades."""
    depth = render_depth(world, pose, camera.scaled(_SMALL, max(1, round(_SMALL * camera.height / camera.width))))
    return bool((depth < _NEAR_M).mean() < _MOST_NEAR)
