"""Drives through a synthetic world, rendered on request, and a map of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np

from reloc.datatypes import Float64, UInt8
from reloc.errors import CrowdedWorldError
from reloc.geometry.cameras import Camera
from reloc.kidnap.rendered_routes import MapDensity, map_poses, routes
from reloc.kidnap.scenery import Frames
from reloc.maps.build_config import BuildConfig
from reloc.maps.builder import build_map
from reloc.maps.depth import DepthImage
from reloc.maps.keyframe_config import KeyframeConfig
from reloc.maps.progress import Progress
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.source import SourceFrame, SourceOptions
from reloc.synth.generate import make_world
from reloc.synth.renderer import render, render_depth
from reloc.synth.response import draw_response
from reloc.synth.texture_library import TextureLibrary
from reloc.synth.world import World

LEAST_M2, LEAST_ROOMS = 20.0, 2  # smallest world, because a kidnap needs another place
_ATTEMPTS = 60
_RESPONSE = 0.5  # variation of the pictures' exposure, color and noise
_KEPT = 400  # pictures in memory
RENDERED = BuildConfig(landmarks="depth", retrieval="vlad")  # how maps of rendered worlds are built


def spacious_world(seed: int) -> World:
    """Return the seed's first world with several rooms and enough floor.

    Raises:
        CrowdedWorldError: there is no such world.
        DependencyError: Embree is not installed.
    """
    library = TextureLibrary()
    for attempt in range(_ATTEMPTS):
        world = make_world(seed, attempt, library=library)
        if len(world.rooms) >= LEAST_ROOMS and sum(room.area for room in world.rooms) >= LEAST_M2:
            return world
    raise CrowdedWorldError(f"Seed {seed} gives no world of {LEAST_ROOMS} rooms", "Give another seed")


def rendered_drives(world: World, camera: Camera, hz: float, posed: bool = True, count: int = 16) -> tuple[Frames, ...]:
    """Return drives of a wheeled robot through a world's rooms.

    Args:
        posed: whether the frames have poses; False for another building.

    Raises:
        CrowdedWorldError: there is no room to drive.
    """
    random = np.random.default_rng(np.random.SeedSequence((*world.seed, 2)))
    found = routes(world, camera, random, hz, count)
    return tuple(
        _frames(world, f"drive-{i:02d}", route, camera, (*world.seed, 3, i), posed) for i, route in enumerate(found)
    )


def same_drives(drives: Sequence[Frames], world: World) -> tuple[Frames, ...]:
    """Return the drives through another world of the same floor plan."""
    again = []
    for i, drive in enumerate(drives):
        poses = np.array([frame.world_from_cam for frame in drive])
        camera = drive[0].camera
        assert camera is not None  # the camera of rendered frames is known
        again.append(_frames(world, f"moved-{i:02d}", poses, camera, (*world.seed, 3, i), True))
    return tuple(again)


def make_map(world: World, camera: Camera, out: Path, progress: Progress) -> ReferenceMap:
    """Build a map of a world from a mapping robot's pictures with depth.

    Raises:
        MapError: ``out`` already exists, or cannot be written.
        CrowdedWorldError: there is no room for the robot.
    """
    return build_map(WorldSource(world, camera), out, RENDERED, progress)


class WorldSource:
    """A synthetic world as a source of maps."""

    name = "synth"
    keyframes = KeyframeConfig()

    def __init__(self, world: World, camera: Camera, density: MapDensity | None = None) -> None:
        self._world, self._camera, self._density = world, camera, density
        self.notes: list[str] = []
        self.options = SourceOptions()

    def frames(self, split: str) -> Sequence[SourceFrame]:
        """Return the mapping robot's frames for any split."""
        random = np.random.default_rng(np.random.SeedSequence((*self._world.seed, 4)))
        poses = map_poses(self._world, self._camera, random, density=self._density)
        frames = _frames(self._world, "map", poses, self._camera, (*self._world.seed, 5), True)
        return [
            replace(frame, load_depth=partial(self._depth, pose)) for frame, pose in zip(frames, poses, strict=True)
        ]

    def _depth(self, pose: Float64) -> DepthImage:
        return DepthImage(render_depth(self._world, pose, self._camera), self._camera, np.eye(4))


def _frames(world: World, name: str, poses: Float64, camera: Camera, place: tuple[int, ...], posed: bool) -> Frames:
    seed = "-".join(str(number) for number in world.seed)
    return tuple(
        SourceFrame(
            f"world-{seed}/{name}/{i:04d}",
            _picture(world, pose, camera, (*place, i)),
            camera,
            pose.copy() if posed else None,
        )
        for i, pose in enumerate(poses)
    )


def _picture(world: World, pose: Float64, camera: Camera, place: tuple[int, ...]) -> Callable[[], UInt8]:
    """Return a function that renders a picture; each call returns the same picture."""
    return lambda: _rendered(_Shot(world, pose, camera, place))


class _Shot:
    """A picture to render. Two pictures with the same ``place`` are equal."""

    def __init__(self, world: World, pose: Float64, camera: Camera, place: tuple[int, ...]) -> None:
        self.world, self.pose, self.camera, self.place = world, pose, camera, place
        self._key = (id(world), place)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shot) and self._key == other._key


@lru_cache(maxsize=_KEPT)
def _rendered(shot: _Shot) -> UInt8:
    drive = np.random.default_rng(np.random.SeedSequence(shot.place[:-1]))  # one drive has one camera
    noise = np.random.default_rng(np.random.SeedSequence(shot.place))
    return render(shot.world, shot.pose, shot.camera, draw_response(drive, _RESPONSE), noise)[0]
