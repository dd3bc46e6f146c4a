"""Draw pictures of one world with their ground truth, for training, tests and data sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from reloc.datatypes import Float32, Float64, UInt8, freeze
from reloc.errors import CrowdedWorldError
from reloc.geometry.cameras import Camera
from reloc.synth.camera_poses import PoseConfig, draw_poses
from reloc.synth.generate import WorldConfig, make_world
from reloc.synth.renderer import render
from reloc.synth.response import draw_response
from reloc.synth.texture_library import TextureLibrary
from reloc.synth.world import World

Drawn = TypeVar("Drawn")

ATTEMPTS = 20  # worlds tried until one is not too crowded


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """N pictures by one camera in one world."""

    images: UInt8  # (N, H, W, 3) RGB
    depth: Float32  # (N, H, W) meters along the optical axis
    world_from_cam: Float64  # (N, 4, 4)
    camera: Camera

    def __post_init__(self) -> None:
        freeze(self.images, self.depth, self.world_from_cam)


def draw_views(
    *place: int,
    count: int,
    camera: Camera,
    library: TextureLibrary | None = None,
    worlds: WorldConfig | None = None,
    poses: PoseConfig | None = None,
    response: float = 1.0,
) -> Views:
    """Return ``count`` views of the world at ``place`` (a seed and other numbers). Equal numbers give equal views."""
    world, random, found = world_with_poses(
        *place, count=count, camera=camera, library=library, worlds=worlds, poses=poses
    )
    return take(world, found, camera, random, response)


def world_with_poses(
    *place: int,
    count: int,
    camera: Camera,
    library: TextureLibrary | None = None,
    worlds: WorldConfig | None = None,
    poses: PoseConfig | None = None,
) -> tuple[World, np.random.Generator, Float64]:
    """Return a world with room for ``count`` poses, a generator for the next draws, and the poses (count, 4, 4)."""
    return first_with_room(
        place, library, worlds, lambda world, random: draw_poses(world, camera, count, random, poses or PoseConfig())
    )


def first_with_room(
    place: tuple[int, ...],
    library: TextureLibrary | None,
    worlds: WorldConfig | None,
    draw: Callable[[World, np.random.Generator], Drawn],
) -> tuple[World, np.random.Generator, Drawn]:
    """Return the first world at ``place`` in which ``draw`` finds its poses; too crowded ones are skipped."""
    for attempt in range(ATTEMPTS):
        world = make_world(*place, attempt, library=library, config=worlds)
        random = np.random.default_rng(np.random.SeedSequence((*place, attempt, 1)))
        try:
            return world, random, draw(world, random)
        except CrowdedWorldError:
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError("the loop returns or raises")


def take(world: World, world_from_cam: Float64, camera: Camera, random: np.random.Generator, response: float) -> Views:
    """Return the views from given poses (N, 4, 4)."""
    shape = (len(world_from_cam), camera.height, camera.width)
    images, depth = np.empty((*shape, 3), np.uint8), np.empty(shape, np.float32)
    for i, pose in enumerate(world_from_cam):
        images[i], depth[i] = render(world, pose, camera, draw_response(random, response), random)
    return Views(images, depth, world_from_cam.copy(), camera)
